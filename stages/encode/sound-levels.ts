import type { MediaReader } from '../extract/media-reader.js';
import type { RowRange } from './row-range.js';

/**
 * Below this level a segment counts as silent; otherwise wide windows would carry the sound of neighbouring segments into a
 * gap. ffmpeg's silence detector has the same default, and programme sound lies 20 dB or more above it.
 */
export const SILENCE_DBFS = -60;

/** Tenths of a second that are read at once, however long a segment is: 12 MB at 48 kHz. */
const TENTHS_PER_READ = 640;

/**
 * Level of the loudest tenth of a second of each segment, in dB relative to full scale (RMS; -120 for digital silence). A
 * short bark in a quiet second counts, which an average over the second would hide.
 */
export async function segmentLevels(media: MediaReader, range: RowRange, signal: AbortSignal): Promise<number[]> {
  const { waves, segmentSec, segmentFrame, durationSec } = media.info;
  const rate = waves[0]?.sampleRateHz;
  if (rate === undefined) return [];
  const begin = (segment: number): number =>
    Math.round((segment < segmentFrame.length ? segment * segmentSec : durationSec) * rate);
  const read = TENTHS_PER_READ * tenthOf(rate);
  const levels: number[] = [];
  for (let segment = range.first; segment < range.end; segment += 1) {
    signal.throwIfAborted();
    const end = begin(segment + 1);
    let loudest = -120;
    for (let from = begin(segment); from < end; from += read)
      loudest = Math.max(loudest, loudestTenthDbfs(await media.readWave(rate, from, Math.min(read, end - from)), rate));
    levels.push(loudest);
  }
  return levels;
}

/** RMS level of the loudest tenth of a second, in dB relative to full scale; at least -120. */
export function loudestTenthDbfs(samples: Float32Array, rate: number): number {
  const tenth = tenthOf(rate);
  let loudest = 0;
  for (let begin = 0; begin < samples.length; begin += tenth) {
    const end = Math.min(samples.length, begin + tenth);
    let energy = 0;
    for (let index = begin; index < end; index += 1) energy += (samples[index] ?? 0) ** 2;
    loudest = Math.max(loudest, energy / tenth);
  }
  return Math.max(-120, 10 * Math.log10(loudest));
}

function tenthOf(rate: number): number {
  return Math.max(1, Math.round(rate / 10));
}
