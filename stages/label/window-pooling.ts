import type { EncodedRows, EncodeInfo } from '../encode/encode-info.js';
import { chunks } from '../encode/in-flight.js';
import { soundWindow, windowsPerSegment } from '../encode/window-layout.js';

/**
 * A window that contains a sound this much louder than its own segment describes that sound, not the segment. 10 to 25 dB
 * give similar results on the validation split of docs/decisions/0007-windows.md; 15 has the best F score there.
 */
const LOUDER_NEIGHBOUR_DB = 15;

/** Time base for window positions, in ticks per second; the exact sample does not matter for a level. */
const TICKS = 1000;

/** The windows around each segment, in ascending widths. */
type Windows = Pick<EncodedRows, 'windowsSec' | 'ends'>;
type Grid = Pick<EncodeInfo, 'segments' | 'segmentSec' | 'durationSec' | 'levelsDbfs'>;

/** Rows read at once, unless one segment has more: half a megabyte of AudioSet scores. */
const MAX_ROWS_PER_READ = 256;

/**
 * Log-odds of segments `[first, end)` from the windows of each width. Of several windows in one segment the highest value
 * counts, because a sound need not last through all of a long segment.
 * @param read log-odds of the network's rows: [rows, columns]
 * @returns for every width [segments, columns]
 */
export async function logOddsOfWindows(
  { segments, segmentSec }: Pick<EncodeInfo, 'segments' | 'segmentSec'>,
  { windowsSec }: Pick<EncodedRows, 'windowsSec'>,
  read: (firstRow: number, count: number) => Promise<Float32Array>,
  columns: number,
  first: number,
  end: number,
): Promise<Float32Array[]> {
  const byWidth: Float32Array[] = [];
  let firstRow = 0;
  for (const windowSec of windowsSec) {
    const windows = windowsPerSegment(segmentSec, windowSec);
    const ofWidth = new Float32Array((end - first) * columns);
    for (const part of chunks({ first, end }, Math.max(1, Math.floor(MAX_ROWS_PER_READ / windows)))) {
      const logOdds = await read(firstRow + part.first * windows, (part.end - part.first) * windows);
      ofWidth.set(highest(logOdds, windows, columns), (part.first - first) * columns);
    }
    byWidth.push(ofWidth);
    firstRow += segments * windows;
  }
  return byWidth;
}

/** The highest value of the windows of each segment: [segments × windows, columns] to [segments, columns]. */
function highest(logOdds: Float32Array, windows: number, columns: number): Float32Array {
  if (windows === 1) return logOdds;
  const result = new Float32Array(logOdds.length / windows).fill(Number.NEGATIVE_INFINITY);
  logOdds.forEach((value, at) => {
    const cell = Math.floor(at / (windows * columns)) * columns + (at % columns);
    result[cell] = Math.max(result[cell] ?? value, value);
  });
  return result;
}

/**
 * The window widths that count for a segment: always the narrowest one, a wider one unless it contains a much louder sound
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
 * The mean of log-odds over the window widths that count for each segment (a logarithmic opinion pool): wide windows
 * recognise a sound better, narrow ones locate it better.
 * @param byWidth log-odds for every width: [segments of the chunk, columns]
 * @param first index of the chunk's first segment
 */
export function poolWindows(
  grid: Grid,
  byWidth: readonly Float32Array[],
  windows: Windows,
  first: number,
  columns: number,
): Float32Array {
  const count = (byWidth[0]?.length ?? 0) / Math.max(1, columns);
  const pooled = new Float32Array(count * columns);
  for (let i = 0; i < count; i += 1) {
    const counting = windowsThatCount(grid, first + i, windows);
    for (let cell = i * columns; cell < (i + 1) * columns; cell += 1) {
      const sum = counting.reduce((total, k) => total + (byWidth[k]?.[cell] ?? 0), 0);
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
