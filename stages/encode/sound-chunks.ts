import { chunks } from './in-flight.js';
import { ROWS_PER_CHUNK, type RowRange } from './row-range.js';
import { windowsPerSegment } from './window-layout.js';

/**
 * Seconds of sound that an encoder is handed at once, and a window's width more, however long a segment is: at 32 kHz
 * two megasamples, 8 MB. No window is wider (`models/manifest/manifest.ts`), so every piece of a segment has some.
 */
const SECONDS_A_CHUNK = 60;

/** Some segments, or one of several pieces of a segment that is longer than a chunk. */
export interface SoundChunk extends RowRange {
  readonly piece: number;
  readonly pieces: number;
}

export function* soundChunks(range: RowRange, segmentSec: number): Generator<SoundChunk> {
  // Halves of ROWS_A_CHUNK, at whose multiples the parts of a long video begin: theirs are then the chunks of the whole.
  let segments = ROWS_PER_CHUNK;
  while (segments > 1 && segments * segmentSec > SECONDS_A_CHUNK) segments /= 2;
  const pieces = Math.max(1, Math.ceil(segmentSec / SECONDS_A_CHUNK));
  for (const chunk of chunks(range, segments))
    for (let piece = 0; piece < pieces; piece += 1) yield { ...chunk, piece, pieces };
}

/** The rows of one window width in a chunk. */
export interface RowBlock extends RowRange {
  readonly windowSec: number;
  /** The place of the first one in the file of the range. */
  readonly target: number;
}

export function rowBlocks(
  { first, end, piece, pieces }: SoundChunk,
  range: RowRange,
  segmentSec: number,
  windowsSec: readonly number[],
): RowBlock[] {
  let narrower = 0;
  return windowsSec.map((windowSec) => {
    const count = windowsPerSegment(segmentSec, windowSec);
    const begin = first * count + Math.floor((piece * count) / pieces);
    const until = (end - 1) * count + Math.floor(((piece + 1) * count) / pieces);
    const target = narrower + begin - range.first * count;
    narrower += (range.end - range.first) * count;
    return { windowSec, first: begin, end: until, target };
  });
}
