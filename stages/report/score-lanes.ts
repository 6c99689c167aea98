import { segmentRowSchema, type Modality } from '../../core/schemas/events.js';
import { readLines } from '../../core/store/read-lines.js';
import type { ModalityIndex } from './report-data.js';

export const MODALITIES: readonly Modality[] = ['audio', 'visual', 'audio-visual'];
/** The byte for a segment without a score. Scores use 0 to 254. */
export const NO_SCORE = 255;
const SCORE_STEPS = 254;

/** The scores of one label in one modality. */
export interface ScoreLane {
  readonly label: string;
  readonly modality: ModalityIndex;
  /** One byte per segment. */
  readonly bytes: Uint8Array;
}

export function modalityIndex(modality: Modality): ModalityIndex {
  return modality === 'audio' ? 0 : modality === 'visual' ? 1 : 2;
}

/** Reads `segments.jsonl` line by line: 21,600 rows for two hours and 25 labels become half a megabyte. */
export async function readScoreLanes(path: string, segmentCount: number, signal: AbortSignal): Promise<ScoreLane[]> {
  const lanes = new Map<string, ScoreLane>();
  for await (const line of readLines(path, signal)) {
    const row = segmentRowSchema.parse(JSON.parse(line));
    if (row.index >= segmentCount) continue;
    for (const [label, score] of Object.entries(row.scores)) {
      const key = `${row.modality} ${label}`;
      let lane = lanes.get(key);
      if (!lane) {
        lane = { label, modality: modalityIndex(row.modality), bytes: new Uint8Array(segmentCount).fill(NO_SCORE) };
        lanes.set(key, lane);
      }
      lane.bytes[row.index] = Math.round(score * SCORE_STEPS);
    }
  }
  return [...lanes.values()];
}

/** Chooses lanes until `maxBytes` are used: first lanes with events, then by their highest score. */
export function chooseLanes(
  lanes: readonly ScoreLane[],
  hasEvent: (lane: ScoreLane) => boolean,
  maxBytes: number,
): ScoreLane[] {
  const priorityOf = (lane: ScoreLane): number =>
    (hasEvent(lane) ? SCORE_STEPS + 1 : 0) +
    lane.bytes.reduce((best, byte) => (byte === NO_SCORE ? best : Math.max(best, byte)), 0);
  const ranked = lanes.map((lane) => ({ lane, priority: priorityOf(lane) })).sort((a, b) => b.priority - a.priority);
  const chosen: ScoreLane[] = [];
  let bytes = 0;
  for (const { lane } of ranked) {
    bytes += lane.bytes.length;
    if (bytes > maxBytes) break;
    chosen.push(lane);
  }
  return chosen;
}
