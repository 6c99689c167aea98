import type { SoundEncoder, SoundWindow } from '../../models/encoders/encoder.js';
import { EarsightError } from '../../core/errors.js';
import type { MediaReader } from '../extract/media-reader.js';
import { runConcurrently } from './in-flight.js';
import { createRowFile } from './row-file.js';
import type { RowRange } from './row-range.js';
import { rowBlocks, soundChunks } from './sound-chunks.js';
import { loudestTenthDbfs, SILENCE_DBFS } from './sound-levels.js';
import { soundWindow, windowsPerSegment } from './window-layout.js';

const CHUNKS_IN_FLIGHT = 3;

/**
 * Rows of every window width in turn, in the order of `window-layout.ts`, of the segments of a range. Of several windows
 * of one segment, those in which nothing is loud enough to count are not asked for: their rows are zeros.
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
        const laid = blocks.flatMap(({ first, end, windowSec }) =>
          Array.from({ length: end - first }, (_, i) => ({
            ...soundWindow(grid, first + i, windowSec, total, rate, ends),
            alone: windowsPerSegment(segmentSec, windowSec) === 1,
          })),
        );
        const from = Math.min(...laid.map(({ start }) => start));
        const to = Math.max(...laid.map(({ start, length }) => start + length));
        const wave = await media.readWave(rate, from, to - from);
        const asked = laid.map(({ start, length, alone }) => {
          const begin = start - from;
          const counts = alone || loudestTenthDbfs(wave.subarray(begin, begin + length), rate) >= countsFrom;
          return counts ? { start: begin, length } : null;
        });
        const { windows, places } = distinct(asked);
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
            const place = places[item] ?? null;
            if (place !== null) answer.set(found.subarray(place * width, (place + 1) * width), at);
          }
          await rows.write(target, end - first, answer);
        }
        advance(laid.length);
      },
      signal,
    );
  } finally {
    await rows.close();
  }
}

/** Near the ends of a sound several rows have the same window, which is then encoded once; null where there is none. */
function distinct(asked: readonly (SoundWindow | null)[]): { windows: SoundWindow[]; places: (number | null)[] } {
  const windows: SoundWindow[] = [];
  const known = new Map<string, number>();
  const places = asked.map((window) => {
    if (window === null) return null;
    const key = `${window.start} ${window.length}`;
    const place = known.get(key) ?? windows.push(window) - 1;
    known.set(key, place);
    return place;
  });
  return { windows, places };
}
