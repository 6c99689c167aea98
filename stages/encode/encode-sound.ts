import type { SoundEncoder, SoundWindow } from '../../models/encoders/encoder.js';
import { EarsightError } from '../../core/errors.js';
import type { MediaReader } from '../extract/media-reader.js';
import { chunks, runConcurrently } from './in-flight.js';
import { createRowFile } from './row-file.js';
import { ROWS_PER_CHUNK, type RowRange } from './row-range.js';
import { loudestTenthDbfs, SILENCE_DBFS } from './sound-levels.js';
import { soundWindow, windowsPerSegment } from './window-layout.js';

/** Chunks in progress at once, so that one is read and one waits for the batcher while one runs. */
const CHUNKS_IN_FLIGHT = 3;

/**
 * Writes the rows of a range of segments, one window width after the other, in the order of `window-layout.ts`. Where a
 * segment has several windows, those without sound that is loud enough to count are not encoded; their rows are zeros.
 */
export async function encodeSound(
  media: MediaReader,
  range: RowRange,
  encoder: SoundEncoder,
  folder: string,
  file: string,
  signal: AbortSignal,
  advance: (items: number) => void,
): Promise<void> {
  const { sampleRateHz: rate, windowsSec, width, ends, quietestDbfs = SILENCE_DBFS } = encoder;
  const { segmentSec, durationSec, segmentFrame } = media.info;
  const grid = { segments: segmentFrame.length, segmentSec, durationSec };
  const total = media.info.waves.find((wave) => wave.sampleRateHz === rate)?.samples ?? 0;
  const countsFrom = Math.max(SILENCE_DBFS, quietestDbfs);
  const rows = await createRowFile(folder, file, width);
  try {
    await runConcurrently(
      soundChunks(range, segmentSec),
      CHUNKS_IN_FLIGHT,
      async (chunk) => {
        const blocks = rowBlocks(chunk, range, segmentSec, windowsSec);
        const layout = blocks.flatMap(({ first, end, windowSec }) =>
          Array.from({ length: end - first }, (_, i) => ({
            ...soundWindow(grid, first + i, windowSec, total, rate, ends),
            alone: windowsPerSegment(segmentSec, windowSec) === 1,
          })),
        );
        const from = Math.min(...layout.map(({ start }) => start));
        const to = Math.max(...layout.map(({ start, length }) => start + length));
        const wave = await media.readWave(rate, from, to - from);
        const requested = layout.map(({ start, length, alone }) => {
          const begin = start - from;
          const counts = alone || loudestTenthDbfs(wave.subarray(begin, begin + length), rate) >= countsFrom;
          return counts ? { start: begin, length } : null;
        });
        const { windows, indexes } = distinct(requested);
        const found = await encoder.encode(wave, windows, signal);
        if (found.length !== windows.length * width)
          throw new EarsightError('EARSIGHT_MODEL_FAILED', {
            model: encoder.identity.name,
            reason: `${found.length} numbers for ${windows.length} windows of ${width}`,
          });
        let item = 0;
        for (const { first, end, target } of blocks) {
          const answer = new Float32Array((end - first) * width);
          for (let at = 0; at < answer.length; at += width, item += 1) {
            const index = indexes[item] ?? null;
            if (index !== null) answer.set(found.subarray(index * width, (index + 1) * width), at);
          }
          await rows.write(target, end - first, answer);
        }
        advance(layout.length);
      },
      signal,
    );
  } finally {
    await rows.close();
  }
}

/**
 * Merges equal windows, because near the ends of a sound several rows have the same window, which is encoded once.
 * @returns the distinct windows, and for every row the index of its window, or null for a row without one
 */
function distinct(requested: readonly (SoundWindow | null)[]): { windows: SoundWindow[]; indexes: (number | null)[] } {
  const windows: SoundWindow[] = [];
  const known = new Map<string, number>();
  const indexes = requested.map((window) => {
    if (window === null) return null;
    const key = `${window.start} ${window.length}`;
    const index = known.get(key) ?? windows.push(window) - 1;
    known.set(key, index);
    return index;
  });
  return { windows, indexes };
}

/**
 * Seconds of sound, plus the width of a window, that an encoder receives at once, however long a segment is: at 32 kHz two
 * megasamples, 8 MB. No window is wider than this (`models/manifest/manifest.ts`), so every piece of a segment has windows.
 */
const SECONDS_PER_CHUNK = 60;

/** A few segments, or one of several pieces of a segment that is longer than a chunk. */
interface SoundChunk extends RowRange {
  readonly piece: number;
  readonly pieces: number;
}

function* soundChunks(range: RowRange, segmentSec: number): Generator<SoundChunk> {
  // Halves of ROWS_A_CHUNK, at whose multiples the parts of a long video begin: theirs are then the chunks of the whole.
  let segments = ROWS_PER_CHUNK;
  while (segments > 1 && segments * segmentSec > SECONDS_PER_CHUNK) segments /= 2;
  const pieces = Math.max(1, Math.ceil(segmentSec / SECONDS_PER_CHUNK));
  for (const chunk of chunks(range, segments))
    for (let piece = 0; piece < pieces; piece += 1) yield { ...chunk, piece, pieces };
}

/** The rows of one window width in a chunk. */
interface RowBlock extends RowRange {
  readonly windowSec: number;
  /** Position of the first row in the output file of the range. */
  readonly target: number;
}

/** The rows of a chunk, one block per window width. */
function rowBlocks(
  { first, end, piece, pieces }: SoundChunk,
  range: RowRange,
  segmentSec: number,
  windowsSec: readonly number[],
): RowBlock[] {
  let rowsBefore = 0;
  return windowsSec.map((windowSec) => {
    const count = windowsPerSegment(segmentSec, windowSec);
    const begin = first * count + Math.floor((piece * count) / pieces);
    const until = (end - 1) * count + Math.floor(((piece + 1) * count) / pieces);
    const target = rowsBefore + begin - range.first * count;
    rowsBefore += (range.end - range.first) * count;
    return { windowSec, first: begin, end: until, target };
  });
}
