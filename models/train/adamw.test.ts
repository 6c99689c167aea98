import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { add, matmul } from '../graph/index.js';
import { ADAMW_DEFAULTS, scheduleValues, learningRateAt } from './adamw.js';
import { meanSquaredError } from './losses.js';
import type { TrainableNetwork } from './network.js';
import { Random } from './random.js';
import { buildStepModels } from './step-models.js';

const X = [1, 2, -1, 0.5, 3, -2];
const T = [1, -1, 2];

/** y = x w + b with squared error. */
const linear: TrainableNetwork = {
  name: 'linear',
  build: (g) => {
    const w = g.parameter('w', 'float32', [2, 1], [0.5, -0.25]);
    const b = g.parameter('b', 'float32', [1], [0.125]);
    const y = add(matmul(g.input('x', 'float32', ['B', 2]), w), b);
    return { loss: meanSquaredError(y, g.input('t', 'float32', ['B', 1])), outputs: { y } };
  },
};

describe('AdamW as a graph', () => {
  it('takes the same steps as plain loops, with clipping, bias correction and decay of matrices only', async () => {
    const options = { ...ADAMW_DEFAULTS, clipNorm: 0.5, weightDecay: 0.1 };
    const models = buildStepModels(linear, 1, { optimiser: options });
    const session = await InferenceSession.create(models.step);
    let state: Record<string, OrtTensor> = Object.fromEntries(
      Object.entries(models.first).map(([name, data]) => [name, new OrtTensor('float32', data, [data.length])]),
    );
    const p = [0.5, -0.25, 0.125];
    const [m, v] = [
      [0, 0, 0],
      [0, 0, 0],
    ];
    for (let step = 0; step < 5; step++) {
      const rate = 0.05 * (step + 1);
      const out = await session.run({
        ...state,
        ...{ x: new OrtTensor('float32', X, [3, 2]), t: new OrtTensor('float32', T, [3, 1]) },
        schedule: new OrtTensor('float32', scheduleValues(step, rate, options), [3]),
      });
      state = Object.fromEntries(
        models.stateNames.flatMap((name) => {
          const next = out[`next/${name}`];
          return next === undefined ? [] : [[name, next]];
        }),
      );
      const errors = T.map(
        (t, row) => (X[2 * row] ?? 0) * (p[0] ?? 0) + (X[2 * row + 1] ?? 0) * (p[1] ?? 0) + (p[2] ?? 0) - t,
      );
      const gradient = [0, 1, 2].map((at) =>
        errors.reduce((sum, e, row) => sum + (2 / 3) * e * (at === 2 ? 1 : (X[2 * row + at] ?? 0)), 0),
      );
      const length = Math.hypot(...gradient);
      expect(Number(out['gradientNorm']?.data[0])).toBeCloseTo(length, 4);
      gradient.forEach((value, at) => {
        const clipped = value * Math.min(1, options.clipNorm / length);
        m[at] = options.beta1 * (m[at] ?? 0) + (1 - options.beta1) * clipped;
        v[at] = options.beta2 * (v[at] ?? 0) + (1 - options.beta2) * clipped ** 2;
        const first = (m[at] ?? 0) / (1 - options.beta1 ** (step + 1));
        const second = (v[at] ?? 0) / (1 - options.beta2 ** (step + 1));
        const decay = at < 2 ? options.weightDecay * (p[at] ?? 0) : 0;
        p[at] = (p[at] ?? 0) - rate * (first / (Math.sqrt(second) + options.epsilon) + decay);
      });
      const found = ['state/decayed', 'state/plain'].flatMap((name) =>
        Array.from((state[name]?.data ?? []) as Float32Array),
      );
      found.forEach((value, at) => expect(value).toBeCloseTo(p[at] ?? NaN, 5));
      expect(found).toHaveLength(3);
    }
  });

  it('has a learning rate that warms up linearly and decays along a cosine', () => {
    const schedule = { learningRate: 1, warmupSteps: 4, steps: 14, finalFraction: 0.1 };
    expect([0, 1, 3, 4, 9, 14].map((step) => learningRateAt(step, schedule))).toEqual(
      [0.25, 0.5, 1, 1, 0.55, 0.1].map((value) => expect.closeTo(value, 10) as number),
    );
  });
});

describe('Random', () => {
  it('repeats for the same seeds and differs for other seeds', () => {
    const draw = (...seeds: number[]): number[] => {
      const random = new Random(...seeds);
      return Array.from({ length: 4 }, () => random.bits());
    };
    expect(draw(1, 2)).toEqual(draw(1, 2));
    expect(new Set([...draw(1, 2), ...draw(2, 1), ...draw(1), ...draw(1, 3), ...draw(2 ** 40 + 1)]).size).toBe(20);
  });

  it('draws normal numbers with mean 0 and variance 1, and valid permutations', () => {
    const values = new Random(4).normals(20000);
    const average = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / values.length;
    expect(Math.abs(average)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
    expect(Array.from(new Random(5).permutation(50)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 50 }, (_, i) => i),
    );
  });
});
