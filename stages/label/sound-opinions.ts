import type { EncodedRows, EncodeInfo } from '../encode/encode-info.js';
import { chunks } from '../encode/in-flight.js';
import { windowsPerSegment } from '../encode/window-layout.js';

/** Rows that are read at once, unless one segment has more: half a megabyte of AudioSet scores. */
const ROWS_AT_ONCE = 256;

/**
 * What the windows of each width say of segments `[first, end)`. Of several windows of a segment the surest counts, for
 * what is there need not last all of a long segment.
 * @param read log-odds of the network's rows: [rows, columns]
 * @returns for every width [segments, columns]
 */
export async function soundOpinions(
  { segments, segmentSec }: Pick<EncodeInfo, 'segments' | 'segmentSec'>,
  { windowsSec }: Pick<EncodedRows, 'windowsSec'>,
  read: (firstRow: number, count: number) => Promise<Float32Array>,
  columns: number,
  first: number,
  end: number,
): Promise<Float32Array[]> {
  const opinions: Float32Array[] = [];
  let narrower = 0;
  for (const windowSec of windowsSec) {
    const windows = windowsPerSegment(segmentSec, windowSec);
    const opinion = new Float32Array((end - first) * columns);
    for (const some of chunks({ first, end }, Math.max(1, Math.floor(ROWS_AT_ONCE / windows)))) {
      const logOdds = await read(narrower + some.first * windows, (some.end - some.first) * windows);
      opinion.set(surest(logOdds, windows, columns), (some.first - first) * columns);
    }
    opinions.push(opinion);
    narrower += segments * windows;
  }
  return opinions;
}

/** [segments × windows, columns] to [segments, columns]. */
function surest(logOdds: Float32Array, windows: number, columns: number): Float32Array {
  if (windows === 1) return logOdds;
  const best = new Float32Array(logOdds.length / windows).fill(Number.NEGATIVE_INFINITY);
  logOdds.forEach((value, at) => {
    const cell = Math.floor(at / (windows * columns)) * columns + (at % columns);
    best[cell] = Math.max(best[cell] ?? value, value);
  });
  return best;
}
