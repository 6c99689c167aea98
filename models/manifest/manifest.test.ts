import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PACKAGE_FOLDER } from '../../core/version.js';
import { Graph, matmul, reduceMean, serialise } from '../graph/index.js';
import { InferencePool } from '../runtime/inference-pool.js';
import { loadPacks } from '../packs/load-packs.js';
import { manifestSchema, modelSchema, type ManifestModel } from './manifest.js';
import { resolvePacks } from '../packs/resolve-packs.js';
import { hashFile } from '../packs/file-hashes.js';

let blocks: string[] = [];
let folder: string;

beforeAll(async () => {
  const page = await readFile(join(PACKAGE_FOLDER, 'docs/packs.md'), 'utf8');
  blocks = [...page.matchAll(/```json\n([^`]*)```/g)].map(([, block = '']) => block);
  folder = await mkdtemp(join(tmpdir(), 'earsight-my-pack-'));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

/** Red is the first class, blue the second: pixels [N, 3, 224, 224] to logits [N, 2]. */
function redOrBlue(): Uint8Array {
  const graph = new Graph({ name: 'red-or-blue' });
  const pixels = graph.input('pixels', 'float32', ['batch', 3, 224, 224]);
  const weights = graph.parameter('weights', 'float32', [3, 2], Float32Array.of(1, 0, 0, 0, 0, 1));
  graph.output('logits', matmul(reduceMean(pixels, { axes: [2, 3] }), weights));
  return serialise(graph);
}

describe('the manifests in docs/packs.md', () => {
  it('contain a whole pack, and a valid entry for every role', () => {
    const [whole = '', ...entries] = blocks;
    manifestSchema.parse(JSON.parse(whole));
    const roles = entries.map((entry) => modelSchema.parse(JSON.parse(entry)).role);
    const known = modelSchema.options.map(({ shape }) => shape.role.value);
    expect(roles.sort()).toEqual(known.sort());
  });

  it('become invalid with a size that would exhaust the machine, or with values that contradict each other', () => {
    const hostile: readonly [role: string, change: (input: Record<string, Record<string, unknown>>) => unknown][] = [
      ['audio-tags', ({ audio = {} }) => (audio['fftSize'] = 2 ** 30)],
      ['audio-tags', ({ audio = {} }) => (audio['fftSize'] = 1000)],
      ['audio-tags', ({ audio = {} }) => (audio['windowSize'] = 2 * Number(audio['fftSize']))],
      ['audio-tags', ({ audio = {} }) => (audio['melBins'] = 2_000_000)],
      ['audio-tags', ({ audio = {} }) => (audio['minHz'] = audio['maxHz'])],
      ['speech-activity', ({ audio = {} }) => (audio['context'] = 2 * Number(audio['windowSize']))],
      ['image-tags', ({ image = {} }) => (image['centreCrop'] = 1_000_000)],
      ['objects', ({ image = {} }) => (image['letterbox'] = 1_000_000)],
    ];
    for (const [role, change] of hostile) {
      const entry = blocks.map((block) => JSON.parse(block) as ManifestModel).find((model) => model.role === role);
      if (entry === undefined || !('input' in entry)) return expect.unreachable();
      expect(modelSchema.safeParse(entry).success, role).toBe(true);
      change(entry.input as unknown as Record<string, Record<string, unknown>>);
      expect(modelSchema.safeParse(entry).success, `${role}: ${String(change)}`).toBe(false);
    }
  });

  it('contain a whole pack that works with files of these names and their hashes', async () => {
    const pack = join(folder, 'my-pack');
    await mkdir(pack);
    await writeFile(join(pack, 'dog-or-cat.onnx'), redOrBlue());
    await writeFile(join(pack, 'labels.txt'), 'Dog\nCat\n');
    const manifest = manifestSchema.parse(JSON.parse(blocks[0] ?? ''));
    for (const file of manifest.models[0]?.files ?? []) file.sha256 = await hashFile(join(pack, file.path));
    await writeFile(join(pack, 'pack.json'), JSON.stringify(manifest));
    const pool = await InferencePool.open({ device: 'cpu', threads: 1 });
    try {
      const packs = await loadPacks(await resolvePacks([pack], { cacheDir: join(folder, 'cache') }), pool);
      const red = Uint8Array.from({ length: 224 * 224 * 3 }, (_, index) => (index % 3 === 0 ? 255 : 0));
      const [dog = 0, cat = 0] = (await packs.frames[0]?.encode(red, 1)) ?? [];
      expect(packs.frames[0]?.classes).toEqual(['Dog', 'Cat']);
      expect(dog).toBeGreaterThan(0.9);
      expect(dog + cat).toBeCloseTo(1);
    } finally {
      await pool.close();
    }
  });
});
