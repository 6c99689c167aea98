import type { SegmentRow } from '../../core/schemas/events.js';
import { segmentSeconds, type SegmentGrid } from '../../core/segments.js';
import { SILENCE_DBFS } from '../encode/sound-levels.js';
import type { Label } from './label-set.js';
import { sigmoid } from './operating-points.js';
import type { ScoreSource } from './score-source.js';

/** Scores in files keep four decimals: no network is reproducible more finely across devices. */
const SCORE_PRECISION = 1e4;

/** Scores of one modality by label index: [segments]; undefined for labels that no source covers. */
type ModalityScores = readonly (Float32Array | undefined)[];

/**
 * Joins the sources of one modality over segments `[first, end)`. The highest score of a label counts, because 0.5 means
 * present in every source, and a network without a class for a label is no evidence against it.
 */
export async function joinSources(
  sources: readonly Pick<ScoreSource, 'covered' | 'read'>[],
  labelCount: number,
  first: number,
  end: number,
): Promise<ModalityScores> {
  const scores: (Float32Array | undefined)[] = Array.from({ length: labelCount }, () => undefined);
  for (const source of sources) {
    const logOdds = await source.read(first, end);
    source.covered.forEach((label, column) => {
      const joined = (scores[label] ??= new Float32Array(end - first));
      for (let i = 0; i < joined.length; i += 1)
        joined[i] = Math.max(joined[i] ?? 0, sigmoid(logOdds[i * source.covered.length + column] ?? 0));
    });
  }
  return scores;
}

/** Sets audio scores of silent segments to 0: wide windows also contain the sound of the neighbouring segments. */
export function zeroSilentSegments(audio: ModalityScores, levelsDbfs: readonly number[], first: number): void {
  for (const scores of audio)
    scores?.forEach((_, i) => {
      if ((levelsDbfs[first + i] ?? 0) < SILENCE_DBFS) scores[i] = 0;
    });
}

/**
 * The rows of one segment: audio, visual, and audio-visual with the product of both for labels that have both. A label
 * without a visual score uses the score of its companion.
 */
export function rowsOf(
  grid: SegmentGrid,
  index: number,
  labels: readonly Label[],
  audio: ModalityScores,
  visual: ModalityScores,
  companions: ModalityScores,
  offset: number,
): readonly SegmentRow[] {
  const both = labels.map((_, label) => {
    const audioScore = audio[label]?.[offset];
    const visualScore = (visual[label] ?? companions[label])?.[offset];
    return audioScore === undefined || visualScore === undefined ? undefined : audioScore * visualScore;
  });
  const row = (modality: SegmentRow['modality'], scores: readonly (number | undefined)[]): SegmentRow => ({
    schema: 1,
    index,
    ...segmentSeconds(grid, index),
    modality,
    scores: Object.fromEntries(
      labels.flatMap(({ name }, label) => {
        const score = scores[label];
        return score === undefined ? [] : [[name, Math.round(score * SCORE_PRECISION) / SCORE_PRECISION]];
      }),
    ),
  });
  const at = (scores: ModalityScores): (number | undefined)[] => scores.map((values) => values?.[offset]);
  return [row('audio', at(audio)), row('visual', at(visual)), row('audio-visual', both)];
}
