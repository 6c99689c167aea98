import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { gradients } from '../graph/gradients/index.js';
import { Graph, reshape, serialise, sigmoid, type Tensor } from '../graph/index.js';
import {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  meanSquaredError,
  mixedLoss,
  softmaxCrossEntropy,
} from './losses.js';

const LOGITS = [-100, -2, -0.5, 0, 1.5, 100];
const TARGETS = [0, 1, 0.3, 1, 0.8, 1];
const MASK = [1, 1, 0, 1, 1, 0];

type Build = (logits: Tensor, targets: Tensor, mask: Tensor) => Tensor;

async function run(
  build: Build,
  mask = MASK,
): Promise<{ readonly loss: number; readonly gradient: readonly number[] }> {
  const g = new Graph();
  const [x, t, m] = ['x', 't', 'm'].map((name) => g.input(name, 'float32', ['B', 3]));
  if (x === undefined || t === undefined || m === undefined) throw new Error('three inputs');
  const loss = build(x, t, m);
  g.output('loss', loss);
  gradients(loss, [x]).forEach((gradient) => g.output('gradient', gradient));
  const session = await InferenceSession.create(serialise(g));
  const feed = (values: readonly number[]): OrtTensor => new OrtTensor('float32', values, [2, 3]);
  const all: Record<string, OrtTensor> = { x: feed(LOGITS), t: feed(TARGETS), m: feed(mask) };
  const out = await session.run(Object.fromEntries(session.inputNames.map((name) => [name, all[name] ?? feed(mask)])));
  const numbers = (name: string): number[] => Array.from((out[name]?.data ?? []) as Float32Array);
  return { loss: numbers('loss')[0] ?? NaN, gradient: numbers('gradient') };
}

/** -t log σ(x) - (1 - t) log(1 - σ(x)) in double precision. */
function plain(x: number, t: number): number {
  const softplus = (value: number): number => Math.max(value, 0) + Math.log1p(Math.exp(-Math.abs(value)));
  return t * softplus(-x) + (1 - t) * softplus(x);
}

const mean = (values: readonly number[], weights = values.map(() => 1)): number =>
  values.reduce((sum, value, at) => sum + value * (weights[at] ?? 0), 0) / weights.reduce((a, b) => a + b, 0);

describe('losses', () => {
  const each = LOGITS.map((x, at) => plain(x, TARGETS[at] ?? 0));

  it('include a binary cross entropy of logits for soft targets, extreme logits and a mask', async () => {
    const { loss, gradient } = await run((x, t) => binaryCrossEntropyWithLogits(x, t));
    expect(loss).toBeCloseTo(mean(each), 5);
    LOGITS.forEach((x, at) => expect(gradient[at]).toBeCloseTo((1 / (1 + Math.exp(-x)) - (TARGETS[at] ?? 0)) / 6, 6));
    const masked = await run((x, t, mask) => binaryCrossEntropyWithLogits(x, t, { mask }));
    expect(masked.loss).toBeCloseTo(mean(each, MASK), 5);
    expect(masked.gradient[2]).toBe(0);
  });

  it('weight positive targets by positiveWeight', async () => {
    const { loss } = await run((x, t) => binaryCrossEntropyWithLogits(x, t, { positiveWeight: 3 }));
    const weighed = LOGITS.map(
      (x, at) => 3 * (TARGETS[at] ?? 0) * plain(x, 1) + (1 - (TARGETS[at] ?? 0)) * plain(x, 0),
    );
    expect(loss).toBeCloseTo(mean(weighed), 5);
  });

  it('include a binary cross entropy that is finite for probabilities of 0 and 1', async () => {
    const moderate = MASK.map((_, at) => (Math.abs(LOGITS[at] ?? 0) < 50 ? 1 : 0));
    const { loss } = await run((x, t, mask) => binaryCrossEntropy(sigmoid(x), t, { mask }), moderate);
    expect(loss).toBeCloseTo(mean(each, moderate), 4);
    const all = await run((x, t) => binaryCrossEntropy(sigmoid(x), t));
    expect(Number.isFinite(all.loss) && all.gradient.every(Number.isFinite)).toBe(true);
  });

  it('include a softmax cross entropy with a target distribution', async () => {
    const { loss } = await run((x, t) => softmaxCrossEntropy(x, t));
    const rows = [0, 3].map((from) => {
      const row = LOGITS.slice(from, from + 3);
      const top = Math.max(...row);
      const total = top + Math.log(row.reduce((sum, x) => sum + Math.exp(x - top), 0));
      return row.reduce((sum, x, at) => sum + (TARGETS[from + at] ?? 0) * (total - x), 0);
    });
    expect(loss).toBeCloseTo(mean(rows), 3);
  });

  it('are zero instead of NaN for an empty mask', async () => {
    const { loss, gradient } = await run((x, t, mask) => meanSquaredError(x, t, mask), [0, 0, 0, 0, 0, 0]);
    expect(loss).toBe(0);
    expect(gradient.map(Math.abs)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('can be mixed with weights', async () => {
    const { loss } = await run((x, t, mask) =>
      mixedLoss([
        [0.25, binaryCrossEntropyWithLogits(x, t)],
        [2, meanSquaredError(x, t, reshape(mask, ['B', 3]))],
      ]),
    );
    const squares = LOGITS.map((x, at) => (x - (TARGETS[at] ?? 0)) ** 2);
    expect(loss / (0.25 * mean(each) + 2 * mean(squares, MASK))).toBeCloseTo(1, 5);
  });
});
