import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { add, matmul, tanh } from '../graph/index.js';
import { entryUrl, processArguments } from '../../core/processes/entry.js';
import type { Batch, TrainingData } from './data.js';
import { binaryCrossEntropyWithLogits } from './losses.js';
import type { TrainableNetwork } from './network.js';
import { OUTER_DEFAULTS, OuterStep } from './outer-step.js';
import { Random } from './random.js';
import { train } from './train.js';
import { trainParallel } from './train-parallel.js';

/** Noisy labels of two overlapping rings: the best possible loss is well above zero. */
function rings(count: number, random: Random): Batch {
  const x = new Float32Array(2 * count);
  const y = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const label = random.integer(2);
    const [angle, radius] = [2 * Math.PI * random.uniform(), 1 + label + 0.4 * random.normal()];
    x.set([radius * Math.cos(angle), radius * Math.sin(angle)], 2 * i);
    y[i] = label;
  }
  return { x: { data: x, dims: [count, 2] }, y: { data: y, dims: [count, 1] } };
}

const network: TrainableNetwork = {
  name: 'rings',
  build: (g, random) => {
    const x = g.input('x', 'float32', ['B', 2]);
    const w = g.parameter('w', 'float32', [2, 24], random.normals(48, 0.8));
    const b = g.parameter('b', 'float32', [24], random.normals(24, 0.5));
    const v = g.parameter('v', 'float32', [24, 1], random.normals(24, 0.2));
    const c = g.parameter('c', 'float32', [1], [0]);
    const logits = add(matmul(tanh(add(matmul(x, w), b)), v), c);
    const loss = binaryCrossEntropyWithLogits(logits, g.input('y', 'float32', ['B', 1]));
    return { loss, outputs: { logits } };
  },
};

const data: TrainingData = {
  hash: 'rings',
  batch: (_, random) => rings(64, random),
  validation: () => [rings(4096, new Random(77))],
};

describe('trainParallel', () => {
  it('refuses rounds without a step, which would never end', async () => {
    const options = { steps: 8, seed: 3, workers: 2, localSteps: 0 };
    await expect(trainParallel(network, data, options)).rejects.toThrow(RangeError);
  });

  it('reaches the loss of one worker after the same number of samples, within 2 %', async () => {
    const common = { learningRate: 0.02, seed: 3 };
    const one = await train(network, data, { ...common, steps: 1200, threads: 1 });
    const two = await trainParallel(network, data, { ...common, steps: 600, workers: 2 });
    const [alone, together] = [one.card.metrics['loss'] ?? NaN, two.card.metrics['loss'] ?? NaN];
    expect(alone).toBeLessThan(0.45);
    expect(Math.abs(together / alone - 1)).toBeLessThan(0.02);
    expect(two.card.options).toMatchObject({ workers: 2, localSteps: 8, outer: OUTER_DEFAULTS });
    const four = await trainParallel(network, data, { ...common, steps: 300, workers: 4 });
    expect(Math.abs((four.card.metrics['loss'] ?? NaN) / alone - 1)).toBeLessThan(0.02);
  });

  it('with one worker and a full outer step gives the weights of plain training', async () => {
    const common = { learningRate: 0.02, seed: 3, steps: 40, threads: 1 };
    const plain = await train(network, data, common);
    const outer = { momentum: 0, rate: 1, stalenessPenalty: 0, clip: 1e9 };
    const late = await trainParallel(network, data, { ...common, ...outer, workers: 1, localSteps: 5 });
    for (const [name, values] of plain.weights)
      values.forEach((value, at) => expect(late.weights.get(name)?.[at]).toBeCloseTo(value, 4));
  });

  it('moves no parameter by more than the clip per round', async () => {
    const common = {
      learningRate: 0.05,
      seed: 3,
      steps: 24,
      localSteps: 8,
      workers: 2,
      momentum: 0,
      stalenessPenalty: 0,
    };
    const first = await trainParallel(network, data, { ...common, steps: 8, rate: 0 });
    const reach = async (clip: number): Promise<number> => {
      const { weights } = await trainParallel(network, data, { ...common, clip });
      const moved = Array.from(weights, ([name, values]) =>
        values.map((value, at) => Math.abs(value - (first.weights.get(name)?.[at] ?? NaN))),
      );
      return Math.max(...moved.flatMap((values) => Array.from(values)));
    };
    expect(await reach(1e-3)).toBeLessThan(3.001e-3);
    expect(await reach(1)).toBeGreaterThan(0.05);
  });

  it('resumes to the bytes of an uninterrupted run', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'earsight-co2-'));
    const common = { learningRate: 0.02, seed: 3, steps: 60, localSteps: 8, workers: 2 };
    const [straight, broken] = [join(folder, 'straight'), join(folder, 'broken')];
    await trainParallel(network, data, { ...common, folder: straight });
    const controller = new AbortController();
    const onProgress = ({ step }: { step: number }): void => {
      if (step === 20) controller.abort();
    };
    await expect(
      trainParallel(network, data, { ...common, folder: broken, onProgress, signal: controller.signal }),
    ).rejects.toMatchObject({ code: 'EARSIGHT_CANCELLED' });
    await expect(trainParallel(network, data, { ...common, workers: 3, folder: broken, resume: true })).rejects.toThrow(
      /it was made by 2 workers/,
    );
    const onward: number[] = [];
    await trainParallel(network, data, {
      ...{ ...common, folder: broken, resume: true },
      onProgress: ({ step }) => onward.push(step),
    });
    expect(onward[0]).toBe(25);
    for (const file of ['rings.checkpoint', 'rings.onnx'])
      expect((await readFile(join(broken, file))).equals(await readFile(join(straight, file)))).toBe(true);
    await rm(folder, { recursive: true, force: true });
  });
});

describe('a diverging worker of trainParallel', () => {
  it('is reported while another worker is in the middle of a step, and the process survives', async () => {
    const script = processArguments(entryUrl('./testing/diverge-mid-step', import.meta.url));
    const child = spawn(process.execPath, script, { stdio: ['ignore', 'pipe', 'ignore'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += String(chunk)));
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(said).toBe('EARSIGHT_TRAIN_DIVERGED\n');
  }, 60_000);
});

describe('OuterStep', () => {
  const plain = { momentum: 0, rate: 1, stalenessPenalty: 0, clip: 1e9 };
  const of = (...values: number[]): Float32Array => Float32Array.from(values);

  it('moves the anchor by the movement of the past round', () => {
    expect(new OuterStep(2, plain).next(of(10, 20), of(1, -2))).toEqual(of(9, 22));
  });

  it('adds a share of the last movement as momentum', () => {
    const step = new OuterStep(1, { ...plain, momentum: 0.5 });
    expect(step.next(of(0), of(1))).toEqual(of(-1));
    expect(step.next(of(-1), of(0))).toEqual(of(-1.5));
  });

  it('clips every element separately', () => {
    expect(new OuterStep(2, { ...plain, clip: 0.25 }).next(of(0, 0), of(8, 0.125))).toEqual(of(-0.25, -0.125));
  });

  it('takes a smaller step for a movement against the momentum than for one along it', () => {
    const moved = (movement: number): number => {
      const step = new OuterStep(1, { ...plain, stalenessPenalty: 1 });
      step.next(of(0), of(1));
      return step.next(of(0), of(movement))[0] ?? NaN;
    };
    expect(moved(1)).toBeCloseTo(-1);
    expect(moved(-1)).toBeCloseTo(0.5);
  });
});
