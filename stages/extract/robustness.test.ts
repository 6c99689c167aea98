import { existsSync, readdirSync } from 'node:fs';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { warningMessage } from '../../core/warnings.js';
import { ffmpeg } from '../../fixtures/ffmpeg.js';
import { extractInto, removeExtracted, temporaryFolder } from '../../tests/extract-into.js';
import type { ErrorCode } from '../../core/error-catalogue.js';
import { segmentGrid } from '../../core/segments.js';
import { instant, MICROSECONDS } from '../../core/time.js';
import type { MediaInfo } from './media-info.js';

const CORPUS = new URL('../../../shared/media/robustness', import.meta.url).pathname;

interface Expected {
  readonly seconds: number;
  /** Upright size, or null for no picture. */
  readonly picture: readonly [number, number] | null;
  readonly frames?: number;
  readonly sound: boolean;
  readonly warns?: boolean;
}

/** The content of each file, checked with ffprobe and by eye; an error code where nothing can be decoded. */
const TABLE: Record<string, Expected | ErrorCode> = {
  '-video-with-dash-.mp4': { seconds: 5, picture: [1, 1], frames: 5, sound: false },
  'alpha.webm': { seconds: 9.017, picture: [1280, 720], frames: 541, sound: false },
  'av1.mkv': { seconds: 5, picture: [640, 360], frames: 125, sound: false },
  'bt2020_10bit.mp4': { seconds: 2, picture: [320, 240], frames: 60, sound: false, warns: true },
  'corrupted.mp4': { seconds: 5, picture: [1280, 720], sound: false, warns: true },
  'empty-track.mp4': { seconds: 1.089, picture: [1080, 720], frames: 30, sound: true },
  'garbage-prefix.mp3': { seconds: 1.071, picture: null, sound: true, warns: true },
  'hevc.ts': { seconds: 5.013, picture: [1920, 1080], frames: 120, sound: true },
  'invalid-userdata.mp4': 'EARSIGHT_INPUT_DAMAGED',
  'moov-not-found.mp4': 'EARSIGHT_INPUT_DAMAGED',
  'multi-audio-6ch.mp4': { seconds: 5.013, picture: null, sound: true },
  'no-duration.webm': { seconds: 4.94, picture: [1280, 720], frames: 74, sound: true },
  'no-initial-keyframe.ts': { seconds: 2.649, picture: [626, 352], sound: true, warns: true },
  'non-zero-start.mp4': { seconds: 0.4, picture: [199, 112], frames: 12, sound: false },
  'odd-dims-444.mp4': { seconds: 1, picture: [321, 241], frames: 25, sound: false },
  'rot-270.mov': { seconds: 0.1, picture: [320, 568], frames: 3, sound: false },
  'rot-90.mp4': { seconds: 2.005, picture: [1080, 1920], frames: 45, sound: true },
  'rotated.mp4': { seconds: 0.567, picture: [270, 480], frames: 17, sound: false },
  'sine-16ch.wav': { seconds: 1, picture: null, sound: true },
  'testcase-1185230.mp4': 'EARSIGHT_INPUT_DAMAGED',
  'two-audio-codecs.mp4': { seconds: 0.288, picture: null, sound: true, warns: true },
  'u8-mono.wav': { seconds: 4, picture: null, sound: true },
  'unordered.mov': { seconds: 0.125, picture: [50, 50], frames: 4, sound: false },
  'vfr.mp4': { seconds: 8.726, picture: [3026, 1386], frames: 63, sound: false },
  'zero-byte.webm': 'EARSIGHT_INPUT_EMPTY',
  'zero-empty-stsc.mp4': 'EARSIGHT_INPUT_DAMAGED',
};

afterAll(removeExtracted);

async function attempt(path: string): Promise<MediaInfo | string | undefined> {
  try {
    const { media } = await extractInto(path, { geometries: [{ width: 64, height: 64, fit: 'letterbox' }] });
    // The raw files must hold all frames that the index lists.
    if (media.info.frames.length > 0) await media.readFrames('letterbox-64x64', 0, media.info.frameTimesSec.length);
    await media.close();
    return media.info;
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

/** Whole seconds, plus one for a remainder that is longer than a codec's padding (core/segments.ts). */
function segmentsOf(durationSec: number): number {
  return segmentGrid(instant(Math.round(durationSec * 1e6), MICROSECONDS)).count;
}

describe.skipIf(!existsSync(CORPUS))(
  'extractStage: the odd and broken files of ../shared (skipped where it is absent)',
  () => {
    it('has an expectation for each file', () => {
      expect(Object.keys(TABLE).sort()).toEqual(readdirSync(CORPUS).sort());
    });

    it.each(Object.entries(TABLE))('extracts %s as expected', async (name, expected) => {
      const result = await attempt(join(CORPUS, name));
      if (typeof expected === 'string') {
        expect(result).toBe(expected);
        return;
      }
      expect(result).toBeTypeOf('object');
      const info = result as MediaInfo;
      expect(info.durationSec).toBeCloseTo(expected.seconds, 2);
      expect(info.video && [info.video.width, info.video.height]).toEqual(expected.picture);
      if (expected.frames !== undefined) expect(info.video?.decodedFrames).toBe(expected.frames);
      expect(info.audio !== null).toBe(expected.sound);
      expect(info.warnings.length > 0).toBe(expected.warns ?? false);
      expect(info.segmentFrame).toHaveLength(segmentsOf(info.durationSec));
      expect(Math.max(-1, ...info.segmentFrame)).toBe(info.frameTimesSec.length - 1);
    });
  },
);

describe('extractStage: files damaged by the test', () => {
  async function whole(name: string, options: readonly string[] = []): Promise<string> {
    const path = join(await temporaryFolder(), name);
    const inputs = ['-f', 'lavfi', '-i', 'testsrc2=s=128x96:r=25:d=8', '-f', 'lavfi', '-i', 'sine=d=8'];
    await ffmpeg(inputs, ['-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', ...options, path]);
    return path;
  }

  it('keeps the decodable part of a truncated file', async () => {
    const path = await whole('cut.mkv');
    await truncate(path, Math.floor((await readFile(path)).length / 2));
    const info = (await attempt(path)) as MediaInfo;
    expect(info.durationSec).toBeGreaterThan(2);
    expect(info.durationSec).toBeLessThan(6);
    expect(info.warnings.map(warningMessage).join()).toContain('the header claims 8.0');
    expect(info.segmentFrame).toHaveLength(segmentsOf(info.durationSec));
  });

  it('refuses an mp4 cut off before its index', async () => {
    const path = await whole('cut.mp4');
    await truncate(path, Math.floor((await readFile(path)).length / 2));
    expect(await attempt(path)).toBe('EARSIGHT_INPUT_DAMAGED');
  });

  it('fails with a known code or decodes when bytes are flipped (40 seeds)', { timeout: 240_000 }, async () => {
    const path = await whole('flip.mp4', ['-movflags', '+faststart', '-t', '1']);
    const bytes = await readFile(path);
    const seen = new Set<string>();
    for (let seed = 1; seed <= 40; seed++) {
      const broken = Buffer.from(bytes);
      for (let i = 0, state = seed; i < 40; i++) {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        broken[state % broken.length] = (state >>> 16) & 0xff;
      }
      const flipped = join(await temporaryFolder(), 'flipped.mp4');
      await writeFile(flipped, broken);
      const result = await attempt(flipped);
      seen.add(typeof result === 'string' ? result : 'decoded');
    }
    expect(seen).not.toContain('EARSIGHT_BUG');
    expect(seen).toContain('decoded');
  });

  it('names a codec that ffmpeg cannot decode, and keeps the other track', async () => {
    const path = await whole('codec.mp4');
    const bytes = await readFile(path);
    bytes.write('zzzz', bytes.indexOf('avc1', bytes.indexOf('stsd')), 'latin1');
    await writeFile(path, bytes);
    const info = (await attempt(path)) as MediaInfo;
    expect(info.video).toBeNull();
    expect(info.audio?.codec).toBe('aac');
    expect(info.warnings).toHaveLength(1);
    const silent = await whole('silent.mp4', ['-an']);
    const only = await readFile(silent);
    only.write('zzzz', only.indexOf('avc1', only.indexOf('stsd')), 'latin1');
    await writeFile(silent, only);
    expect(await attempt(silent)).toBe('EARSIGHT_FFMPEG_CODEC');
  });

  it.each([
    [{ durationSec: 5 }, 's of 5 s'],
    [{ pixels: 10_000 }, '128 × 96 of 10000 pixels'],
    [{ streams: 1 }, '2 streams of 1'],
    [{ sampleRateHz: 22_050 }, '44100 of 22050 samples a second'],
  ])('refuses a file over the limit %o', async (limits, reason) => {
    const path = await whole('limits.mkv');
    await expect(extractInto(path, { limits })).rejects.toMatchObject({ code: 'EARSIGHT_INPUT_TOO_LARGE' });
    await expect(extractInto(path, { limits })).rejects.toThrow(reason);
  });

  it('stops at the duration limit when the header claims no duration', async () => {
    const path = await whole('source.mkv');
    const live = join(await temporaryFolder(), 'live.mkv');
    // Matroska written to a pipe claims no duration, because its header cannot be completed at the end.
    await writeFile(live, await ffmpeg(['-i', path], ['-c', 'copy', '-f', 'matroska', 'pipe:1']));
    await expect(extractInto(live, { limits: { durationSec: 5 } })).rejects.toMatchObject({
      code: 'EARSIGHT_INPUT_TOO_LARGE',
    });
  });
});
