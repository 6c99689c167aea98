import type { SoundEncoder, SoundWindow } from '../../models/encoders/encoder.js';
import type { WindowEnds } from '../../models/packs/manifest.js';
import { EarsightError } from '../../pipeline/errors.js';
import type { MediaInfo } from '../extract/media-info.js';
import type { MediaReader } from '../extract/media-reader.js';
import { chunks, inFlight } from './in-flight.js';
import { createRowFile } from './row-file.js';
import { ROWS_A_CHUNK, type RowRange } from './row-range.js';

const CHUNKS_IN_FLIGHT = 3;
/** Segments whose samples are read at once to measure levels. */
const LEVEL_SEGMENTS_A_READ = 64;

/**
 * Where a window of a given width around a segment begins, in samples. It is centred on the segment. Near the ends of the
 * sound it is moved `inside`, because silence pasted beside a sound is itself a sound to most taggers
 * (docs/decisions/0007-windows.md), unless the network has learned to expect `silence` there: then it may begin before
 * the sound. A sound shorter than the window is followed by zeros.
 */
export function windowStart(
  segment: number,
  segmentSec: number,
  windowSamples: number,
  totalSamples: number,
  rate: number,
  ends: WindowEnds,
): number {
  const centred = Math.round((segment + 0.5) * segmentSec * rate - windowSamples / 2);
  return ends === 'silence' ? centred : Math.max(0, Math.min(centred, totalSamples - windowSamples));
}

/** Rows of every window width in turn, one a segment t of the range: row (k × segments of the range + t − its first). */
export async function encodeSound(
  media: MediaReader,
  range: RowRange,
  encoder: SoundEncoder,
  folder: string,
  file: string,
  signal: AbortSignal,
  advance: (items: number) => void,
): Promise<void> {
  const { sampleRateHz: rate } = encoder;
  const segments = range.end - range.first;
  const total = samplesAt(media.info, rate);
  const rows = await createRowFile(folder, file, encoder.width);
  try {
    await inFlight(
      chunks(range, ROWS_A_CHUNK),
      CHUNKS_IN_FLIGHT,
      async ({ first, end }) => {
        const asked = encoder.windowsSec.flatMap((windowSec) => {
          const length = Math.round(windowSec * rate);
          return Array.from({ length: end - first }, (_, i) => ({
            start: windowStart(first + i, media.info.segmentSec, length, total, rate, encoder.ends),
            length,
          }));
        });
        const { windows, places } = distinct(asked);
        const from = Math.min(...windows.map(({ start }) => start));
        const to = Math.max(...windows.map(({ start, length }) => start + length));
        const wave = await media.readWave(rate, from, to - from);
        const inside = windows.map(({ start, length }) => ({ start: start - from, length }));
        const found = await encoder.encode(wave, inside, signal);
        const { width } = encoder;
        if (found.length !== windows.length * width)
          throw new EarsightError('EARSIGHT_MODEL_FAILED', {
            model: encoder.identity.name,
            reason: `${found.length} numbers for ${windows.length} windows of ${width}`,
          });
        const count = end - first;
        for (const k of encoder.windowsSec.keys()) {
          const answer = new Float32Array(count * width);
          for (let i = 0; i < count; i += 1) {
            const place = (places[k * count + i] ?? 0) * width;
            answer.set(found.subarray(place, place + width), i * width);
          }
          await rows.write(k * segments + first - range.first, count, answer);
        }
        advance(asked.length);
      },
      signal,
    );
  } finally {
    await rows.close();
  }
}

/** Near the ends of a sound several segments have the same window, which is then encoded once. */
function distinct(asked: readonly SoundWindow[]): { windows: SoundWindow[]; places: number[] } {
  const windows: SoundWindow[] = [];
  const known = new Map<string, number>();
  const places = asked.map((window) => {
    const key = `${window.start} ${window.length}`;
    const place = known.get(key) ?? windows.push(window) - 1;
    known.set(key, place);
    return place;
  });
  return { windows, places };
}

/**
 * Level of the loudest tenth of a second of each segment, dB relative to full scale (RMS; -120 for digital silence):
 * a short bark in a quiet second counts, which an average over the second would hide.
 */
export async function segmentLevels(media: MediaReader, range: RowRange, signal: AbortSignal): Promise<number[]> {
  const rate = media.info.waves[0]?.sampleRateHz;
  if (rate === undefined) return [];
  const levels: number[] = [];
  const perSegment = media.info.segmentSec * rate;
  for (const { first, end } of chunks(range, LEVEL_SEGMENTS_A_READ)) {
    signal.throwIfAborted();
    const from = Math.round(first * perSegment);
    const wave = await media.readWave(rate, from, Math.round(end * perSegment) - from);
    for (let t = first; t < end; t += 1)
      levels.push(
        loudestTenth(wave.subarray(Math.round(t * perSegment) - from, Math.round((t + 1) * perSegment) - from), rate),
      );
  }
  return levels;
}

function loudestTenth(samples: Float32Array, rate: number): number {
  const tenth = Math.max(1, Math.round(rate / 10));
  let loudest = 0;
  for (let begin = 0; begin < samples.length; begin += tenth) {
    const end = Math.min(samples.length, begin + tenth);
    let energy = 0;
    for (let index = begin; index < end; index += 1) energy += (samples[index] ?? 0) ** 2;
    loudest = Math.max(loudest, energy / tenth);
  }
  return Math.max(-120, 10 * Math.log10(loudest));
}

function samplesAt(info: MediaInfo, rate: number): number {
  return info.waves.find((wave) => wave.sampleRateHz === rate)?.samples ?? 0;
}
