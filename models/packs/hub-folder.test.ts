import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InferencePool } from '../runtime/inference-pool.js';
import { loadPacks } from './load-packs.js';
import { resolvePacks, type ResolvedStack } from './resolve-packs.js';

const WHISPER = '../shared/models/whisper-tiny';
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earsight-hub-folder-'));
});
afterEach(() => rm(folder, { recursive: true }));

const resolveHere = (path = folder): Promise<ResolvedStack> =>
  resolvePacks([path], { cacheDir: join(folder, '../cache-of-hub-folder') });

describe('a folder in the layout of the hub without a pack.json', () => {
  it('is refused with the reason when no role is known for it', async () => {
    await writeFile(join(folder, 'config.json'), JSON.stringify({ model_type: 'bert' }));
    await expect(resolveHere()).rejects.toMatchObject({ code: 'EARSIGHT_PACK_INVALID', message: /bert/ as unknown });
  });

  it('is refused when its config.json is damaged or a network is missing', async () => {
    await writeFile(join(folder, 'config.json'), '{"model_type": "whi');
    await expect(resolveHere()).rejects.toMatchObject({ code: 'EARSIGHT_PACK_INVALID' });
    await writeFile(join(folder, 'config.json'), JSON.stringify({ model_type: 'whisper' }));
    await expect(resolveHere()).rejects.toThrow('encoder_model');
  });

  it('is no pack at all without a config.json', async () => {
    await expect(resolveHere()).rejects.toMatchObject({ code: 'EARSIGHT_PACK_MISSING' });
  });
});

describe.skipIf(!existsSync(WHISPER))('a Whisper in the layout of the hub (skipped without ../shared)', () => {
  async function copied(...left: string[]): Promise<void> {
    await mkdir(join(folder, 'onnx'), { recursive: true });
    const files = ['config.json', 'generation_config.json', 'preprocessor_config.json', 'tokenizer.json'];
    const networks = ['onnx/encoder_model_quantized.onnx', 'onnx/decoder_model_merged_quantized.onnx'];
    for (const name of [...files, ...networks])
      if (!left.includes(name)) await cp(join(WHISPER, name), join(folder, name));
  }
  const failure = async (): Promise<unknown> => {
    const pool = await InferencePool.open({ device: 'cpu', threads: 1 });
    try {
      const { transcriber } = await loadPacks(await resolveHere(), pool);
      await transcriber?.transcribe(new Float32Array(16_000), null);
      return null;
    } catch (error) {
      return error;
    } finally {
      await pool.close();
    }
  };

  it('is a pack of a transcriber, named after its folder', async () => {
    const { identities, names, sampleRatesHz } = await resolveHere(WHISPER);
    expect(names).toEqual(['whisper-tiny']);
    expect(identities.map(({ role }) => role)).toEqual(['transcriber']);
    expect(sampleRatesHz).toEqual([16_000]);
  });

  it('fails with a code when its tokenizer is missing', async () => {
    await copied('tokenizer.json');
    expect(await failure()).toMatchObject({ code: 'EARSIGHT_PACK_INVALID' });
  });

  it('fails with a code when its config.json has another shape than it needs', async () => {
    await copied();
    await writeFile(join(folder, 'config.json'), JSON.stringify({ model_type: 'whisper', d_model: 'wide' }));
    expect(await failure()).toMatchObject({ code: 'EARSIGHT_PACK_INVALID' });
  });

  it('fails with a code when a network is damaged', async () => {
    await copied('onnx/decoder_model_merged_quantized.onnx');
    await writeFile(join(folder, 'onnx/decoder_model_merged_quantized.onnx'), Buffer.alloc(5000, 7));
    expect(await failure()).toMatchObject({ code: 'EARSIGHT_MODEL_FAILED' });
  });
});
