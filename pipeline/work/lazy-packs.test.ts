import { copyFile, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { Graph, reduceSum, serialise } from '../../models/graph/index.js';
import { BUILT_IN, BUILT_IN_FOLDER } from '../../models/packs/built-in.js';
import { resolvePacks, type ResolvedStack } from '../../models/packs/resolve-packs.js';
import { InferencePool } from '../../models/runtime/inference-pool.js';
import { LazyPacks } from './lazy-packs.js';

const NETWORK = 'earsight-tagger.onnx';
const DYING = new URL('../../models/runtime/testing/dying-worker.ts', import.meta.url);

let cacheDir: string;
let resolved: ResolvedStack;
let folder: string;
let packs: LazyPacks;
/** Every pool that was opened. */
let pools: InferencePool[];

beforeAll(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'earsight-cache-'));
  resolved = await resolvePacks([BUILT_IN], { cacheDir });
});
afterAll(async () => await rm(cacheDir, { recursive: true, force: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earsight-packs-'));
  pools = [];
  const open = InferencePool.open.bind(InferencePool);
  vi.spyOn(InferencePool, 'open').mockImplementation(async (options) => {
    const pool = await open({ ...options, threads: 1, entry: DYING });
    pools.push(pool);
    return pool;
  });
  packs = new LazyPacks(await taggerIn(folder), 'cpu', () => undefined);
});
afterEach(async () => {
  await packs.close();
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

/** One network, copied to a folder where the test can damage it. */
async function taggerIn(copy: string): Promise<ResolvedStack> {
  const tagger = resolved.models.find(({ manifest }) => manifest.files.some(({ path }) => path === NETWORK));
  if (tagger === undefined) throw new TypeError(`no ${NETWORK}`);
  await cp(BUILT_IN_FOLDER, copy, { recursive: true });
  return { ...resolved, models: [{ ...tagger, folder: copy }], identities: [tagger.identity] };
}

/** Crashes the pool's thread until the pool gives up. */
async function crashUntilUnusable(pool: InferencePool): Promise<void> {
  const graph = new Graph();
  graph.output('y', reduceSum(graph.input('x', 'float32', ['batch', 4]), { axes: [1], keep: true }));
  await writeFile(join(folder, 'sum.onnx'), serialise(graph));
  const model = await pool.load({
    name: 'sum',
    path: join(folder, 'sum.onnx'),
    preparation: { kind: 'tensors', inputs: [{ name: 'x', type: 'float32' }] },
    outputs: ['y'],
    finish: { kind: 'none' },
    maxBatch: 1,
    warmUp: [],
  });
  while (pool.usable) {
    const crashing = Float32Array.of(666, 0, 0, 0);
    await model.run([{ type: 'float32', dims: [4], data: crashing }], 1).catch(() => undefined);
  }
}

it('loads once for concurrent callers, and again after it was closed', async () => {
  const [one, another] = await Promise.all([packs.packs(), packs.packs()]);
  expect(one?.sounds).toHaveLength(1);
  expect(another).toBe(one);
  await packs.close();
  expect(pools.map(({ usable }) => usable)).toEqual([false]);
  expect(await packs.packs()).not.toBe(one);
  expect(pools.map(({ usable }) => usable)).toEqual([false, true]);
});

it('rejects all callers for a minute after loading failed, then loads again, and leaves no thread running', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  try {
    await writeFile(join(folder, NETWORK), 'not a network');
    const failed = { code: 'EARSIGHT_MODEL_FAILED' };
    for (const loading of [packs.packs(), packs.packs()]) await expect(loading).rejects.toMatchObject(failed);
    await copyFile(join(BUILT_IN_FOLDER, NETWORK), join(folder, NETWORK));
    await expect(packs.packs()).rejects.toMatchObject(failed);
    expect(pools.map(({ usable }) => usable)).toEqual([false]);
    vi.advanceTimersByTime(60_000);
  } finally {
    vi.useRealTimers();
  }
  expect((await packs.packs())?.sounds).toHaveLength(1);
});

it('opens a new pool when the threads of the old one keep dying', async () => {
  const before = await packs.packs();
  await crashUntilUnusable(pools[0] ?? expect.fail('no pool'));
  const [one, another] = await Promise.all([packs.packs(), packs.packs()]);
  expect(one).not.toBe(before);
  expect(another).toBe(one);
  expect(pools.map(({ usable }) => usable)).toEqual([false, true]);
});
