import type { EncodedRows, EncodeInfo } from '../encode/encode-info.js';
import { soundWindow, windowsPerSegment } from '../encode/window-layout.js';

/**
 * A window that holds a sound this much louder than its own segment speaks of that sound, not of the segment. 10 to 25 dB
 * do alike on the choosing split of docs/decisions/0007-windows.md; 15 has the best F there.
 */
const LOUDER_NEIGHBOUR_DB = 15;

/** Ticks a second in which windows are laid out again; the exact sample does not matter for a level. */
const TICKS = 1000;

/** Windows of ascending widths around each segment. */
type Windows = Pick<EncodedRows, 'windowsSec' | 'ends'>;
type Grid = Pick<EncodeInfo, 'segments' | 'segmentSec' | 'durationSec' | 'levelsDbfs'>;

/**
 * Which window widths count for a segment: the narrowest always, a wider one unless a much louder sound lies in it
 * outside the segment.
 * @returns indices into `windowsSec`
 */
export function windowsThatCount(grid: Grid, segment: number, windows: Windows): readonly number[] {
  const own = grid.levelsDbfs[segment];
  const all = [...windows.windowsSec.keys()];
  if (own === undefined) return all;
  return all.filter((k) => k === 0 || loudestIn(grid, segment, windows, k) - own <= LOUDER_NEIGHBOUR_DB);
}

/**
 * The mean of log-odds over the windows that count for each segment (a logarithmic opinion pool): wide windows know what
 * it is, narrow ones object where it is not.
 * @param opinions for every width [segments of the chunk, columns]
 * @param first index of the chunk's first segment
 */
export function poolWindows(
  grid: Grid,
  opinions: readonly Float32Array[],
  windows: Windows,
  first: number,
  columns: number,
): Float32Array {
  const count = (opinions[0]?.length ?? 0) / Math.max(1, columns);
  const pooled = new Float32Array(count * columns);
  for (let i = 0; i < count; i += 1) {
    const counting = windowsThatCount(grid, first + i, windows);
    for (let cell = i * columns; cell < (i + 1) * columns; cell += 1) {
      const sum = counting.reduce((total, k) => total + (opinions[k]?.[cell] ?? 0), 0);
      pooled[cell] = sum / counting.length;
    }
  }
  return pooled;
}

function loudestIn(grid: Grid, segment: number, { windowsSec, ends = 'inside' }: Windows, k: number): number {
  const { segments, segmentSec, durationSec, levelsDbfs } = grid;
  const windowSec = windowsSec[k] ?? 0;
  const count = windowsPerSegment(segmentSec, windowSec);
  const [first, last] = [segment * count, segment * count + count - 1].map(
    (row) => soundWindow(grid, row, windowSec, durationSec * TICKS, TICKS, ends).start / TICKS,
  );
  const from = Math.max(0, Math.floor((first ?? 0) / segmentSec + 1e-6));
  const until = Math.min(segments, Math.ceil(((last ?? 0) + windowSec) / segmentSec - 1e-6));
  return levelsDbfs.slice(from, until).reduce((loudest, level) => Math.max(loudest, level), Number.NEGATIVE_INFINITY);
}
