import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { TextEncoder } from '../../models/encoders/encoder.js';
import { cachedEmbeddings } from './label-embeddings.js';

const { signal } = new AbortController();

it('embeds and caches the same prompts for two videos at once, and does not cache embeddings that are not finite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'earsight-embeddings-'));
  try {
    // Like the pool: the prompts of both callers are in one batch, and both promises resolve in one turn of the event loop.
    let resolveBatch = (): void => undefined;
    const batch = new Promise<void>((resolve) => (resolveBatch = resolve));
    let calls = 0;
    const encoder: TextEncoder = {
      identity: { pack: 'test', name: 'text', role: 'image-text', licence: 'MIT', sha256: 'a'.repeat(64) },
      template: '{label}',
      logitScale: 1,
      async embed(texts) {
        if (++calls === 2) resolveBatch();
        await batch;
        return new Float32Array(texts.length * 4).fill(0.5);
      },
    };
    const embed = (): Promise<Float32Array> => cachedEmbeddings(encoder, ['Dog', 'Rain'], 4, folder, signal);
    const both = await Promise.all([embed(), embed()]);
    expect(both.map((rows) => rows.length)).toEqual([8, 8]);
    expect(await readdir(folder)).toHaveLength(1);
    expect([...(await embed())]).toEqual([...both[0]]);
    expect(calls).toBe(2);

    const broken = { ...encoder, embed: () => Promise.resolve(new Float32Array(4).fill(NaN, 3)) };
    await expect(cachedEmbeddings(broken, ['Wind'], 4, folder, signal)).rejects.toMatchObject({
      code: 'EARSIGHT_MODEL_FAILED',
    });
    expect(await readdir(folder)).toHaveLength(1);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
