import {
  AutoTokenizer,
  ClapAudioModelWithProjection,
  ClapFeatureExtractor,
  ClapTextModelWithProjection,
  CLIPTextModelWithProjection,
  CLIPVisionModelWithProjection,
  env,
  Tensor,
} from '@xenova/transformers';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadPacks } from '../../packs/load-packs.js';
import type { LoadedPacks } from '../../packs/loaded-packs.js';
import { resolvePacks } from '../../packs/resolve-packs.js';
import { InferencePool } from '../../runtime/inference-pool.js';
import { writeTinyPack } from '../testing/tiny-pack.js';

const TOKENIZERS = '../shared/models/tokenizers';
const TEXTS = ['A photo of a dog.', 'rain on a tin roof, and a very long sentence about it', 'x'];

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((worst, value, index) => Math.max(worst, Math.abs(value - (b[index] ?? Infinity))), 0);
}

/** The raw embedding of Transformers.js as unit vectors. */
function unit(output: unknown, name: string): number[] {
  const tensor = (output as Record<string, unknown>)[name];
  if (!(tensor instanceof Tensor)) throw new Error(`no ${name}`);
  const values = Array.from(tensor.data as Float32Array);
  const width = tensor.dims[1] ?? 1;
  return values.map((value, index) => {
    const row = values.slice(index - (index % width), index - (index % width) + width);
    return value / Math.hypot(...row);
  });
}

describe.skipIf(!existsSync(TOKENIZERS))('CLIP and CLAP in the hub layout (skipped without ../shared)', () => {
  let pool: InferencePool;
  let packs: LoadedPacks;
  let folder: string;

  beforeAll(async () => {
    env.allowRemoteModels = false;
    folder = await mkdtemp(join(tmpdir(), 'earsight-hub-'));
    await writeTinyPack(folder, TOKENIZERS);
    pool = await InferencePool.open({ device: 'cpu', threads: 2 });
    packs = await loadPacks(await resolvePacks([folder], { cacheDir: join(folder, 'cache') }), pool);
  });

  afterAll(async () => {
    await pool.close();
    await rm(folder, { recursive: true });
  });

  it("embeds frames as the library's vision model does", async () => {
    const [encoder] = packs.frames;
    expect(encoder?.geometry).toEqual({ width: 224, height: 224, fit: 'crop', shortSide: 224 });
    expect(encoder?.meaning).toBe('embedding');
    const size = 224 * 224;
    const frames = Uint8Array.from({ length: 2 * size * 3 }, (_, index) => (index * 7919) % 256);
    const ours = (await encoder?.encode(frames, 2)) ?? [];
    const mean = [0.48145466, 0.4578275, 0.40821073];
    const std = [0.26862954, 0.26130258, 0.27577711];
    const planes = Float32Array.from({ length: frames.length }, (_, index) => {
      const [image, plane, pixel] = [Math.floor(index / (3 * size)), Math.floor(index / size) % 3, index % size];
      const value = (frames[(image * size + pixel) * 3 + plane] ?? 0) / 255;
      return (value - (mean[plane] ?? 0)) / (std[plane] ?? 1);
    });
    const model = await CLIPVisionModelWithProjection.from_pretrained(join(folder, 'clip'), { dtype: 'fp32' });
    const theirs: unknown = await model({ pixel_values: new Tensor('float32', planes, [2, 3, 224, 224]) });
    expect(largestDifference(ours, unit(theirs, 'image_embeds'))).toBeLessThan(1e-4);
  });

  it("embeds texts as the library's text models do, independently of their padding", async () => {
    for (const [identity, place, Model] of [
      [packs.frames[0]?.identity, 'clip', CLIPTextModelWithProjection],
      [packs.sounds[0]?.identity, 'clap', ClapTextModelWithProjection],
    ] as const) {
      const text = identity ? packs.textFor(identity) : null;
      const ours = (await text?.embed(TEXTS)) ?? new Float32Array();
      const alone = (await text?.embed(TEXTS.slice(2))) ?? new Float32Array();
      expect(largestDifference(alone, ours.subarray(2 * alone.length))).toBeLessThan(1e-5);
      const tokenizer = await AutoTokenizer.from_pretrained(join(folder, place));
      const model = await Model.from_pretrained(join(folder, place), { dtype: 'fp32' });
      const theirs: unknown = await model(tokenizer(TEXTS, { padding: true, truncation: true }));
      expect(largestDifference(ours, unit(theirs, 'text_embeds'))).toBeLessThan(1e-4);
    }
    expect(packs.frames[0] && packs.textFor(packs.frames[0].identity)?.logitScale).toBe(100);
  });

  it("embeds sound as the library's extractor and audio model do", async () => {
    const [encoder] = packs.sounds;
    expect(packs.sampleRatesHz).toEqual([48000]);
    const config = JSON.parse(await readFile(join(folder, 'clap/preprocessor_config.json'), 'utf8')) as unknown;
    const extractor = new ClapFeatureExtractor(config);
    const model = await ClapAudioModelWithProjection.from_pretrained(join(folder, 'clap'), { dtype: 'fp32' });
    for (const seconds of [3, 10]) {
      const samples = Float32Array.from(
        { length: 48000 * seconds },
        (_, index) =>
          0.3 * Math.sin(index * 0.05 + 4 * Math.sin(index / 9000)) + 0.01 * (((index * 7919) % 101) / 50 - 1),
      );
      const theirs: unknown = await model(await extractor(samples));
      const ours = (await encoder?.encode(samples, [{ start: 0, length: samples.length }])) ?? [];
      expect(largestDifference(ours, unit(theirs, 'audio_embeds'))).toBeLessThan(1e-4);
    }
  });

  it('refuses a folder without a tokenizer instead of downloading one', async () => {
    const text = packs.frames[0] && packs.textFor(packs.frames[0].identity);
    expect(text?.template).toBe('A photo of {label}.');
    await rm(join(folder, 'clip/tokenizer.json'));
    const again = await loadPacks(await resolvePacks([folder], { cacheDir: join(folder, 'cache') }), pool);
    const [frames] = again.frames;
    await expect(frames && again.textFor(frames.identity)?.embed(['a'])).rejects.toMatchObject({
      code: 'EARSIGHT_PACK_INVALID',
    });
  });
});
