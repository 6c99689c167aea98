import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { TextEncoder } from '../../models/encoders/encoder.js';
import { cachedEmbeddings } from './label-embeddings.js';

const { signal } = new AbortController();

it('serves two videos that meet the same prompts for the first time at once, and keeps nothing that is no number', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'earsight-embeddings-'));
  try {
    // As the pool does: the texts of both callers ride in one batch and are answered in one turn of the event loop.
    let answer = (): void => undefined;
    const batch = new Promise<void>((resolve) => (answer = resolve));
    let asked = 0;
    const encoder: TextEncoder = {
      identity: { pack: 'test', name: 'text', role: 'image-text', licence: 'MIT', sha256: 'a'.repeat(64) },
      template: '{label}',
      logitScale: 1,
      async embed(texts) {
        if (++asked === 2) answer();
        await batch;
        return new Float32Array(texts.length * 4).fill(0.5);
      },
    };
    const embed = (): Promise<Float32Array> => cachedEmbeddings(encoder, ['Dog', 'Rain'], 4, folder, signal);
    const both = await Promise.all([embed(), embed()]);
    expect(both.map((rows) => rows.length)).toEqual([8, 8]);
    expect(await readdir(folder)).toHaveLength(1);
    expect([...(await embed())]).toEqual([...both[0]]);
    expect(asked).toBe(2);

    const broken = { ...encoder, embed: () => Promise.resolve(new Float32Array(4).fill(NaN, 3)) };
    await expect(cachedEmbeddings(broken, ['Wind'], 4, folder, signal)).rejects.toMatchObject({
      code: 'EARSIGHT_MODEL_FAILED',
    });
    expect(await readdir(folder)).toHaveLength(1);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
