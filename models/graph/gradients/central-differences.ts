import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { add, Graph, mul, reduceSum, serialise, sin } from '../index.js';
import type { Dim, Tensor } from '../index.js';
import { gradients } from './index.js';

/** One operator under test: sizes by name, inputs by shape over those names, and what to build from them. */
export interface GradientCase {
  readonly name: string;
  /** Shapes; a name is looked up in `sizes`. */
  readonly inputs: readonly (readonly (number | string)[])[];
  readonly build: (...inputs: Tensor[]) => Tensor | readonly Tensor[];
  /** Range the inputs are drawn from; default [-1.5, 1.5]. */
  readonly range?: readonly [number, number];
  /** Most kernels of onnxruntime's cpu know double; those that do not are tested in float32, less tightly. */
  readonly dtype?: 'float32' | 'float64';
}

const SIZES: Readonly<Record<string, number>> = { A: 2, B: 3, C: 4, D: 5 };

const LARGEST_SAMPLE = 40;

export interface Comparison {
  /** Largest difference between a gradient's element and its central difference, over the largest element. */
  readonly worst: number;
  readonly elements: number;
}

/** Differentiates Σ y sin(y), which weighs every element of the result differently, and compares element by element. */
export async function compareGradients(test: GradientCase, named: boolean): Promise<Comparison> {
  const { dtype = 'float64', range = [-1.5, 1.5] } = test;
  const g = new Graph();
  const shapes = test.inputs.map((shape) => shape.map((dim) => (typeof dim === 'string' ? (SIZES[dim] ?? 1) : dim)));
  const inputs = shapes.map((shape, index) => {
    const dims: readonly Dim[] = named ? (test.inputs[index] ?? []) : shape;
    return g.input(`x${index}`, dtype, dims);
  });
  const built = test.build(...inputs);
  const results = Array.isArray(built) ? (built as readonly Tensor[]) : [built as Tensor];
  const losses = results.map((y) => reduceSum(mul(y, sin(y))));
  const loss = losses.reduce((total, term) => add(total, term));
  g.output('loss', loss);
  gradients(loss, inputs).forEach((gradient, index) => g.output(`d${index}`, gradient));
  const session = await InferenceSession.create(serialise(g));
  const random = generator(test.name);
  const values = shapes.map((shape) =>
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => range[0] + (range[1] - range[0]) * random()),
  );
  const run = async (): Promise<Record<string, OrtTensor>> => {
    const feeds = Object.fromEntries(
      values.map((data, index) => [
        `x${index}`,
        new OrtTensor(dtype, dtype === 'float64' ? data : Float32Array.from(data), shapes[index] ?? []),
      ]),
    );
    return await session.run(feeds);
  };
  const analytic = await run();
  const step = dtype === 'float64' ? 1e-5 : 1e-2;
  let worst = 0;
  let largest = 1e-3;
  let elements = 0;
  for (const [index, data] of values.entries()) {
    const gradient = numbers(analytic[`d${index}`]);
    // Every element of a small input, an even sample of a large one.
    const stride = Math.ceil(data.length / LARGEST_SAMPLE);
    for (let at = 0; at < data.length; at += stride) {
      const value = data[at] ?? NaN;
      data[at] = value + step;
      const up = numbers((await run())['loss'])[0] ?? NaN;
      data[at] = value - step;
      const down = numbers((await run())['loss'])[0] ?? NaN;
      data[at] = value;
      const difference = Math.abs((up - down) / (2 * step) - (gradient[at] ?? NaN));
      worst = Number.isNaN(difference) ? Infinity : Math.max(worst, difference);
      elements++;
    }
    for (const element of gradient) largest = Math.max(largest, Math.abs(element));
  }
  await session.release();
  return { worst: worst / largest, elements };
}

function numbers(tensor: OrtTensor | undefined): readonly number[] {
  return Array.from((tensor?.data ?? []) as ArrayLike<number>, Number);
}

/** A different, repeatable sequence for every name (mulberry32). */
function generator(name: string): () => number {
  let state = Array.from(name).reduce((hash, letter) => Math.imul(hash, 31) + letter.charCodeAt(0), 7);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
