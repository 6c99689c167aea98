import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SoundEncoder } from '../../models/encoders/encoder.js';
import type { MediaReader } from '../extract/media-reader.js';
import { encodeSound } from './encode-sound.js';
import { segmentLevels } from './sound-levels.js';

const RATE = 10;
const DURATION_SEC = 2 * 3600;
const { signal } = new AbortController();

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'earsight-sound-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Sound that is computed when it is read; `longestRead` gives the duration of the longest read, in seconds. */
function mediaOf(segmentSec: number, sample: (index: number) => number): MediaReader & { longestRead: () => number } {
  let longest = 0;
  const waves = [{ sampleRateHz: RATE, file: '', samples: DURATION_SEC * RATE }];
  const segmentFrame = Array.from({ length: DURATION_SEC / segmentSec }, () => -1);
  const media: Partial<MediaReader> = {
    info: { durationSec: DURATION_SEC, segmentSec, segmentFrame, waves } as unknown as MediaReader['info'],
    readWave: (rate, start, count) => {
      longest = Math.max(longest, count / rate);
      return Promise.resolve(Float32Array.from({ length: count }, (_, i) => sample(start + i)));
    },
  };
  return { ...(media as MediaReader), longestRead: () => longest };
}

/** An encoder whose rows hold the first and the last sample of their window. */
function encoder(windowsSec: number[], asked?: number[]): SoundEncoder {
  return {
    identity: { pack: 'test', name: 'ends', role: 'audio-tags', licence: 'MIT', sha256: 'a'.repeat(64) },
    ...{ sampleRateHz: RATE, windowsSec, ends: 'inside', meaning: 'sigmoid', width: 2, classes: ['first', 'last'] },
    encode: (sound, windows) => {
      asked?.push(windows.length);
      return Promise.resolve(
        Float32Array.from(
          windows.flatMap(({ start, length }) => [sound[start] ?? -1, sound[start + length - 1] ?? -1]),
        ),
      );
    },
  };
}

async function rowsOf(media: MediaReader, sounds: SoundEncoder, first: number, end: number): Promise<Float32Array> {
  await encodeSound(media, { first, end }, sounds, folder, 'rows', signal, () => undefined);
  const bytes = await readFile(join(folder, 'rows'));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

describe('encodeSound: segments longer than the windows', () => {
  it.each([3, 600])('covers every sample of segments of %d s, with rows in order', async (segmentSec) => {
    const media = mediaOf(segmentSec, (index) => index + 1);
    const rows = await rowsOf(media, encoder([2]), 0, DURATION_SEC / segmentSec);
    let heard = 0;
    for (let at = 0; at < rows.length; at += 2) {
      expect(rows[at]).toBeLessThanOrEqual(heard + 1);
      expect((rows[at + 1] ?? 0) - (rows[at] ?? 0)).toBe(2 * RATE - 1);
      heard = Math.max(heard, rows[at + 1] ?? 0);
    }
    expect(heard).toBe(DURATION_SEC * RATE);
  });

  it.each([10, 600, 3600])('reads no more than about a minute at once for segments of %d s', async (segmentSec) => {
    const media = mediaOf(segmentSec, (index) => (Math.floor(index / RATE / segmentSec) % 7) / 8);
    const segments = DURATION_SEC / segmentSec;
    await rowsOf(media, encoder([1, 2, 5]), 0, segments);
    const levels = await segmentLevels(media, { first: 0, end: segments }, signal);
    expect(media.longestRead()).toBeLessThanOrEqual(70);
    expect(levels).toHaveLength(segments);
    expect(levels[0]).toBe(-120);
    expect(levels[1]).toBeCloseTo(20 * Math.log10(1 / 8), 5);
  });

  it('does not encode windows in which nothing is loud enough, and gives zeros for them', async () => {
    // Loud for three seconds of each minute.
    const media = mediaOf(60, (index) => ((index / RATE) % 60 < 3 ? 0.5 : 1e-4));
    const asked: number[] = [];
    const rows = await rowsOf(media, encoder([2, 60], asked), 0, 2);
    const narrow = 33;
    const loud = [0.5, 0.5, 0.5, Math.fround(1e-4)];
    expect([...rows.subarray(0, 6)]).toEqual([...loud, 0, 0]);
    expect([...rows.subarray(2 * narrow, 2 * narrow + 6)]).toEqual([...loud, 0, 0]);
    expect(rows).toHaveLength(2 * (2 * narrow + 2));
    expect(asked).toEqual([3, 3]);
  });
});
