import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { add, log, matmul, mul, reduceMean, relu, sigmoid, sub } from '../graph/index.js';
import { resolveDevice } from '../runtime/devices.js';
import { decodeCheckpoint } from './checkpoint.js';
import { arrayData, type Batch, type TrainingData } from './data.js';
import { binaryCrossEntropyWithLogits } from './losses.js';
import type { TrainableNetwork } from './network.js';
import { Random } from './random.js';
import { trainParallel } from './train-parallel.js';
import { train } from './train.js';

/** One hidden layer that learns whether a point of the plane lies inside the unit circle. */
function circle(hidden: number): TrainableNetwork {
  return {
    name: `circle-${hidden}`,
    build: (g, random) => {
      const x = g.input('x', 'float32', ['B', 2]);
      const inside = g.input('inside', 'float32', ['B', 1]);
      const w = g.parameter('w', 'float32', [2, hidden], random.normals(2 * hidden, 0.7));
      const b = g.parameter('b', 'float32', [hidden], random.normals(hidden, 0.3));
      const v = g.parameter('v', 'float32', [hidden, 1], random.normals(hidden, 1 / Math.sqrt(hidden)));
      const logits = matmul(relu(add(matmul(x, w), b)), v);
      return {
        loss: binaryCrossEntropyWithLogits(logits, inside),
        outputs: { probability: sigmoid(logits) },
        metrics: { level: reduceMean(logits) },
      };
    },
  };
}

function points(count: number, seed: number): Batch {
  const random = new Random(seed);
  const x = random.normals(2 * count);
  const inside = Float32Array.from({ length: count }, (_, i) =>
    Math.hypot(x[2 * i] ?? 0, x[2 * i + 1] ?? 0) < 1 ? 1 : 0,
  );
  return { x: { data: x, dims: [count, 2] }, inside: { data: inside, dims: [count, 1] } };
}

const data = arrayData(points(512, 1), { batchSize: 32, seed: 5, validation: [points(256, 2)] });
const webgpu = await resolveDevice('webgpu').then(
  () => true,
  () => false,
);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earsight-train-'));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

describe('train', () => {
  it('learns a circle and writes a model that runs and a card that describes it', async () => {
    const losses: number[] = [];
    const { card, model } = await train(circle(32), data, {
      ...{ steps: 300, learningRate: 0.02, folder, evaluateEvery: 50 },
      onProgress: ({ loss }) => losses.push(loss),
    });
    expect(losses).toHaveLength(300);
    expect(card.metrics['loss']).toBeLessThan(0.2);
    expect(card).toMatchObject({
      name: 'circle-32',
      parameters: 128,
      device: 'cpu',
      stopped: 'finished',
      dataHash: data.hash,
    });
    expect(card.onnxruntime).toMatch(/^1\./);
    expect(JSON.parse(await readFile(join(folder, 'circle-32.card.json'), 'utf8'))).toEqual(card);
    const session = await InferenceSession.create(model);
    expect(session.inputNames).toEqual(['x']);
    const { probability } = await session.run({ x: new OrtTensor('float32', Float32Array.of(0, 0.1, 2, 2), [2, 2]) });
    expect(probability?.data[0]).toBeGreaterThan(0.9);
    expect(probability?.data[1]).toBeLessThan(0.1);
  });

  it('stops early by the given metric and keeps the best parameters', async () => {
    const { card } = await train(circle(8), data, {
      ...{ steps: 400, learningRate: 0.05, evaluateEvery: 10 },
      earlyStopping: { metric: 'loss', better: 'lower', patience: 3 },
    });
    expect(card.stopped).toBe('early');
    expect(card.stepsTaken).toBe(card.keptStep + 30);
    const values = card.history.map(({ metrics }) => metrics['loss'] ?? NaN);
    expect(card.metrics['loss']).toBe(Math.min(...values));
  });

  it('never keeps parameters whose metric is NaN as the best ones', async () => {
    const network: TrainableNetwork = {
      name: 'late',
      build: (g) => {
        const x = g.input('x', 'float32', ['B']);
        const y = mul(x, g.parameter('w', 'float32', [1], [-1]));
        const missed = sub(y, 3);
        // The metric is NaN until w is positive.
        return { loss: reduceMean(mul(missed, missed)), outputs: { y }, metrics: { found: reduceMean(log(y)) } };
      },
    };
    const one: Batch = { x: { data: Float32Array.of(1), dims: [1] } };
    const { card } = await train(
      network,
      { hash: 'one', batch: () => one, validation: () => [one] },
      {
        ...{ steps: 20, learningRate: 0.5, evaluateEvery: 1 },
        earlyStopping: { metric: 'found', better: 'higher', patience: 5 },
      },
    );
    const found = card.history.map(({ metrics }) => metrics['found'] ?? 0);
    expect(found[0]).toBeNaN();
    expect(card.metrics['found']).toBe(Math.max(...found.filter(Number.isFinite)));
  });

  for (const device of ['cpu', 'webgpu'] as const)
    it.skipIf(device === 'webgpu' && !webgpu)(
      `gives the same weights from arrays that stay on ${device}${device === 'webgpu' ? ' (skipped without a Vulkan driver)' : ''}`,
      async () => {
        expect(data.resident).toBeDefined();
        const kept = await train(circle(8), data, { steps: 12, device });
        const sent = await train(
          circle(8),
          { hash: data.hash, batch: (...at) => data.batch(...at) },
          { steps: 12, device },
        );
        expect(kept.weights).toEqual(sent.weights);
      },
    );

  for (const device of ['cpu', 'webgpu'] as const)
    it.skipIf(device === 'webgpu' && !webgpu)(
      `resumes to the bytes of an uninterrupted run on ${device}${device === 'webgpu' ? ' (skipped without a Vulkan driver)' : ''}`,
      async () => {
        const earlyStopping = { metric: 'loss', better: 'lower', patience: 9 } as const;
        const common = { steps: 10, learningRate: 0.02, evaluateEvery: 4, earlyStopping, device } as const;
        const [straight, broken] = [join(folder, `straight-${device}`), join(folder, `broken-${device}`)];
        await train(circle(16), data, { ...common, folder: straight });
        const controller = new AbortController();
        const onProgress = ({ step }: { step: number }): void => {
          if (step === 5) controller.abort();
        };
        await expect(
          train(circle(16), data, { ...common, folder: broken, onProgress, signal: controller.signal }),
        ).rejects.toMatchObject({ code: 'EARSIGHT_CANCELLED' });
        await train(circle(16), data, { ...common, folder: broken, resume: true });
        for (const file of ['circle-16.checkpoint', 'circle-16.onnx'])
          expect((await readFile(join(broken, file))).equals(await readFile(join(straight, file)))).toBe(true);
      },
    );

  it('resumes to the bytes of an uninterrupted run with early stopping', async () => {
    const earlyStopping = { metric: 'loss', better: 'lower', patience: 2 } as const;
    const common = { steps: 400, learningRate: 0.05, evaluateEvery: 7, earlyStopping, checkpointEvery: 5 } as const;
    const [straight, broken] = [join(folder, 'early'), join(folder, 'early-broken')];
    const { card } = await train(circle(8), data, { ...common, folder: straight });
    expect(card.stopped).toBe('early');
    // Interrupted after the best evaluation, while the run is waiting for a better one.
    const controller = new AbortController();
    const onProgress = ({ step }: { step: number }): void => {
      if (step === card.keptStep + 9) controller.abort();
    };
    const run = { ...common, folder: broken };
    await expect(train(circle(8), data, { ...run, onProgress, signal: controller.signal })).rejects.toMatchObject({
      code: 'EARSIGHT_CANCELLED',
    });
    const resumed = await train(circle(8), data, { ...run, resume: true });
    expect(resumed.card).toMatchObject({ stopped: 'early', keptStep: card.keptStep, stepsTaken: card.stepsTaken });
    // Resuming a finished run has nothing to do.
    await train(circle(8), data, { ...run, resume: true });
    for (const file of ['circle-8.checkpoint', 'circle-8.onnx'])
      expect((await readFile(join(broken, file))).equals(await readFile(join(straight, file)))).toBe(true);
  });

  it('starts the patience again when a resumed run has another early-stopping metric or its first one', async () => {
    const common = { learningRate: 0.05, evaluateEvery: 2 } as const;
    const byLoss = { metric: 'loss', better: 'lower', patience: 2 } as const;
    const byLevel = { metric: 'level', better: 'higher', patience: 2 } as const;
    const first = join(folder, 'changed-none');
    await train(circle(8), data, { ...common, steps: 8, folder: first });
    const { card } = await train(circle(8), data, { ...common, steps: 12, folder: first, resume: true, earlyStopping: byLoss }); // prettier-ignore
    expect(card.stepsTaken).toBe(12);
    const other = join(folder, 'changed-metric');
    await train(circle(8), data, { ...common, steps: 8, folder: other, earlyStopping: byLoss });
    const changed = await train(circle(8), data, { ...common, steps: 14, folder: other, resume: true, earlyStopping: byLevel }); // prettier-ignore
    const later = changed.card.history.filter(({ step }) => step > 8);
    expect(changed.card.metrics['level']).toBe(Math.max(...later.map(({ metrics }) => metrics['level'] ?? NaN)));
    // A run without early stopping keeps its last parameters.
    const last = await train(circle(8), data, { ...common, steps: 20, folder: other, resume: true });
    expect(last.card.keptStep).toBe(20);
  });

  it('refuses early stopping without its metric or without validation batches before the first step', async () => {
    const lost = { metric: 'accuracy', better: 'higher', patience: 2 } as const;
    const refused = { code: 'EARSIGHT_TRAIN_DATA' };
    await expect(train(circle(4), data, { steps: 2, earlyStopping: lost })).rejects.toMatchObject(refused);
    const blind = arrayData(points(64, 3), { batchSize: 32, seed: 5 });
    const earlyStopping = { ...lost, metric: 'loss' };
    await expect(train(circle(4), blind, { steps: 2, earlyStopping })).rejects.toMatchObject(refused);
  });

  it('refuses a checkpoint of a data-parallel run, and one with an invalid header', async () => {
    const out = join(folder, 'workers');
    await trainParallel(circle(4), data, { steps: 2, workers: 1, folder: out });
    await expect(train(circle(4), data, { steps: 4, folder: out, resume: true })).rejects.toMatchObject({
      code: 'EARSIGHT_CHECKPOINT_INVALID',
      message: expect.stringContaining('a run of workers') as string,
    });
    for (const header of ['null', '{}', '{"step":1,"stale":0,"history":[],"vectors":[{"name":"a","length":-1}]}']) {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(header.length);
      const bytes = Buffer.concat([Buffer.from('EARSCKP1'), length, Buffer.from(header)]);
      expect(() => decodeCheckpoint(bytes, 'x')).toThrow(
        expect.objectContaining({ code: 'EARSIGHT_CHECKPOINT_INVALID' }),
      );
    }
  });

  it('refuses arrays that do not match their dims, and impossible batch sizes', () => {
    const broken = { x: { data: new Float32Array(9), dims: [5, 2] } };
    const refused = expect.objectContaining({ code: 'EARSIGHT_TRAIN_DATA' }) as Error;
    expect(() => arrayData(broken, { batchSize: 2, seed: 1 })).toThrow(refused);
    for (const batchSize of [0, -1, 1.5, 600])
      expect(() => arrayData(points(512, 1), { batchSize, seed: 1 })).toThrow(refused);
  });

  it('refuses a checkpoint of another network, other data or another seed, and a truncated one', async () => {
    const other = join(folder, 'other');
    await train(circle(4), data, { steps: 2, folder: other });
    const wider: TrainableNetwork = { ...circle(5), name: 'circle-4' };
    await expect(train(wider, data, { steps: 4, folder: other, resume: true })).rejects.toThrow(
      /made by another network/,
    );
    const otherData = arrayData(points(64, 3), { batchSize: 32, seed: 5 });
    await expect(train(circle(4), otherData, { steps: 4, folder: other, resume: true })).rejects.toMatchObject({
      code: 'EARSIGHT_CHECKPOINT_INVALID',
    });
    await expect(train(circle(4), data, { steps: 4, seed: 9, folder: other, resume: true })).rejects.toThrow(/seed 0/);
    const path = join(other, 'circle-4.checkpoint');
    await writeFile(path, (await readFile(path)).subarray(0, -3));
    await expect(train(circle(4), data, { steps: 4, folder: other, resume: true })).rejects.toThrow(/damaged/);
  });

  it('stops at the first loss that is not finite and keeps the state before it', async () => {
    const network: TrainableNetwork = {
      name: 'diverging',
      build: (g) => {
        const x = g.input('x', 'float32', ['B']);
        const w = g.parameter('w', 'float32', [1], [1]);
        return { loss: reduceMean(log(mul(x, w))), outputs: { y: mul(x, w) } };
      },
    };
    const feed = (step: number): Batch => ({ x: { data: Float32Array.of(step === 3 ? -1 : 1), dims: [1] } });
    const diverging: TrainingData = { hash: 'steps', batch: feed };
    const out = join(folder, 'diverging');
    await expect(train(network, diverging, { steps: 9, folder: out })).rejects.toMatchObject({
      code: 'EARSIGHT_TRAIN_DIVERGED',
      details: { step: 4 },
    });
    const path = join(out, 'diverging.checkpoint');
    const kept = decodeCheckpoint(await readFile(path), path);
    expect(kept.step).toBe(3);
    expect(kept.state['state/plain']?.every(Number.isFinite)).toBe(true);
    const fine: TrainingData = { hash: 'steps', batch: () => feed(0) };
    const { weights } = await train(network, fine, { steps: 4, folder: out, resume: true });
    expect(Number.isFinite(weights.get('w')?.[0])).toBe(true);
  });

  it('names the input whose batch has the wrong shape', async () => {
    const wrong: TrainingData = {
      hash: 'wrong',
      batch: () => ({ ...points(4, 1), x: { data: new Float32Array(12), dims: [4, 3] } }),
    };
    const failed = train(circle(4), wrong, { steps: 1 });
    await expect(failed).rejects.toMatchObject({ code: 'EARSIGHT_TRAIN_DATA' });
    await expect(failed).rejects.toThrow(/x is \[4, 3\], which does not fit \[B, 2\]/);
    const wide = { ...points(64, 1), x: { data: new Float32Array(192), dims: [64, 3] } };
    const resident = arrayData(wide, { batchSize: 4, seed: 1 });
    await expect(train(circle(4), resident, { steps: 1 })).rejects.toMatchObject({ code: 'EARSIGHT_TRAIN_DATA' });
  });
});
