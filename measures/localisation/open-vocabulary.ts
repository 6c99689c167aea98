import { eventCounts, f1Of, segmentCounts } from '../parsing/counts.js';
import { LabelGrid } from '../parsing/label-grid.js';

/** One video of OV-AVEBench: one category, and for each segment whether that category is heard and seen. */
export interface OpenVocabularyVideo {
  readonly category: string;
  readonly truth: ArrayLike<number>;
  /** The predicted category of each segment; null for background. */
  readonly predicted: readonly (string | null)[];
}

export interface OpenVocabularyFigures {
  readonly videos: number;
  /** Share of segments with the right category or rightly background, pooled. */
  readonly accuracy: number;
  /** Mean over videos of the class-averaged F1 of segments. */
  readonly segmentF1: number;
  /** The same for events, which match from an IoU of one half. */
  readonly eventF1: number;
}

/**
 * Scores videos whose categories were seen in training, those whose were not, and all of them apart, because methods with
 * a closed class list fall on unseen categories. F scores follow the protocol of LLP (`parsing`). All numbers 0 to 1, and
 * null for a part without videos.
 */
export function scoreOpenVocabulary(
  videos: readonly OpenVocabularyVideo[],
  seen: ReadonlySet<string>,
): Record<'all' | 'seen' | 'unseen', OpenVocabularyFigures | null> {
  const part = (chosen: readonly OpenVocabularyVideo[]) => (chosen.length === 0 ? null : figuresOf(chosen));
  return {
    all: part(videos),
    seen: part(videos.filter(({ category }) => seen.has(category))),
    unseen: part(videos.filter(({ category }) => !seen.has(category))),
  };
}

function figuresOf(videos: readonly OpenVocabularyVideo[]): OpenVocabularyFigures {
  let right = 0;
  let segments = 0;
  let segmentF1 = 0;
  let eventF1 = 0;
  for (const { category, truth, predicted } of videos) {
    if (predicted.length !== truth.length)
      throw new RangeError(`${predicted.length} predicted segments for ${truth.length} true ones`);
    const names = [...new Set([category, ...predicted.filter((name) => name !== null)])];
    const theirs = new LabelGrid(names.length, truth.length);
    const ours = new LabelGrid(names.length, truth.length);
    for (let at = 0; at < truth.length; at += 1) {
      const label = truth[at] === 1 ? category : null;
      const guess = predicted[at] ?? null;
      right += Number(label === guess);
      if (label !== null) theirs.paint(names.indexOf(label), at, at + 1);
      if (guess !== null) ours.paint(names.indexOf(guess), at, at + 1);
    }
    segments += truth.length;
    segmentF1 += meanF1(segmentCounts(ours, theirs).map(f1Of));
    eventF1 += meanF1(eventCounts(ours, theirs).map(f1Of));
  }
  const count = videos.length;
  return { videos: count, accuracy: right / segments, segmentF1: segmentF1 / count, eventF1: eventF1 / count };
}

function meanF1(scores: readonly (number | null)[]): number {
  const counted = scores.filter((score) => score !== null);
  return counted.length === 0 ? 1 : counted.reduce((sum, score) => sum + score, 0) / counted.length;
}
