import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InferencePool } from '../runtime/inference-pool.js';
import { loadPacks } from './load-packs.js';
import type { LoadedPacks } from './loaded-packs.js';
import { resolvePacks } from './resolve-packs.js';

const SHARED = '../shared';
const LITE = join(SHARED, 'models/lite');

/** Decodes a file with ffmpeg, as the extract stage does. */
function decode(args: readonly string[]): Buffer {
  return spawnSync('ffmpeg', ['-v', 'error', '-nostdin', ...args, '-'], { maxBuffer: 1 << 28 }).stdout;
}

function samplesOf(path: string, rate: number): Float32Array {
  const bytes = decode(['-i', path, '-ac', '1', '-ar', String(rate), '-f', 'f32le']);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** One frame a second. */
function framesOf(path: string, filter: string): Uint8Array {
  return Uint8Array.from(decode(['-i', path, '-vf', `fps=1,${filter}`, '-pix_fmt', 'rgb24', '-f', 'rawvideo']));
}

function best(row: Float32Array, classes: readonly string[]): string {
  return classes[row.indexOf(row.reduce((top, value) => Math.max(top, value), -Infinity))] ?? '';
}

describe.skipIf(!existsSync(LITE))('loadPacks with the lite pack (skipped without ../shared)', () => {
  let pool: InferencePool;
  let packs: LoadedPacks;
  let cacheDir: string;

  beforeAll(async () => {
    cacheDir = await mkdtemp(join(tmpdir(), 'earsight-packs-'));
    pool = await InferencePool.open({ device: 'cpu', threads: 2 });
    packs = await loadPacks(await resolvePacks([LITE], { cacheDir }), pool);
  });

  afterAll(async () => {
    await pool.close();
    await rm(cacheDir, { recursive: true });
  });

  it('offers the roles, classes and sample rates of the manifest', () => {
    expect(packs.identities.map(({ role }) => role)).toEqual([
      'audio-tags',
      'image-tags',
      'objects',
      'speech-activity',
    ]);
    expect(packs.sampleRatesHz).toEqual([16000, 32000]);
    expect(packs.sounds[0]?.classes).toHaveLength(527);
    expect(packs.sounds[0]?.classes[1]).toBe('Male speech, man speaking');
    expect(packs.frames[0]?.classes[2]).toBe('great_white_shark');
  });

  it('recognises the sounds of a dog, a rooster and rain', async () => {
    const tagger = packs.sounds[0];
    const recognised: string[] = [];
    for (const file of ['dog_bark/1-100032-A', 'rooster/1-26806-A', 'rain/1-17367-A']) {
      const samples = samplesOf(join(SHARED, `media/audio/esc10/${file}.ogg`), 32000).subarray(0, 96000);
      const scores = await tagger?.encode(samples, [{ start: 0, length: samples.length }]);
      recognised.push(best(scores ?? new Float32Array(), tagger?.classes ?? []));
    }
    expect(recognised[0]).toMatch(/Dog|Bark|Animal/);
    expect(recognised[1]).toMatch(/Fowl|Chicken|rooster|Crowing/);
    expect(recognised[2]).toMatch(/Rain/);
  });

  it('detects a dog and returns boxes inside the picture', async () => {
    const detector = packs.detectors[0];
    const frames = framesOf(
      join(SHARED, 'media/videos/llp/BjCEufrlXm4.mp4'),
      'scale=416:416:force_original_aspect_ratio=decrease,pad=416:416:0:0:color=0x727272',
    );
    const lists = (await detector?.detect(frames, frames.length / (416 * 416 * 3), 16 / 9)) ?? [];
    const dogs = lists.flat().filter(({ label }) => label === 'dog');
    expect(Math.max(...dogs.map(({ confidence }) => confidence))).toBeGreaterThan(0.85);
    for (const { x, y, width, height } of dogs) {
      expect(x + width).toBeLessThanOrEqual(1.000001);
      expect(y + height).toBeLessThanOrEqual(1.000001);
    }
  });

  it('detects speech and silence, independently of the size of the pieces', async () => {
    const samples = samplesOf(join(SHARED, 'media/audio/jfk.flac'), 16000).subarray(0, 80_000);
    const whole = await packs.speech?.open().push(samples);
    expect(whole).toHaveLength(156);
    expect(whole?.filter((probability) => probability > 0.5).length).toBeGreaterThan(60);
    const pieces = packs.speech?.open();
    const joined: number[] = [];
    for (let at = 0; at < samples.length; at += 7_777)
      joined.push(...((await pieces?.push(samples.subarray(at, at + 7_777))) ?? []));
    expect(Math.max(...joined.map((value, index) => Math.abs(value - (whole?.[index] ?? 9))))).toBeLessThan(1e-5);
    const silence = await packs.speech?.open().push(new Float32Array(16_000));
    expect(Math.max(...(silence ?? [1]))).toBeLessThan(0.3);
  });
});
