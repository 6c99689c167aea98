import { Tensor as OrtTensor } from 'onnxruntime-node';
import { gradients } from '../gradients/index.js';
import { add, Graph, mul, reduceSum, sin } from '../index.js';
import type { Tensor } from '../index.js';
import { Random } from '../../train/random.js';

/** One operator under test: the shapes of its inputs, and a function that builds the outputs from them. */
export interface OperatorCase {
  readonly name: string;
  /** Shapes of the inputs; the letters A to D stand for the sizes in `SIZES`. */
  readonly inputs: readonly (readonly (number | string)[])[];
  readonly build: (...inputs: Tensor[]) => Tensor | readonly Tensor[];
  /** Range from which the inputs are drawn; default [-1.5, 1.5]. */
  readonly range?: readonly [number, number];
  /**
   * Default float64. Operators whose cpu kernel supports only float32 are tested in float32, with a wider tolerance.
   */
  readonly dtype?: 'float32' | 'float64';
}

const SIZES: Readonly<Record<string, number>> = { A: 2, B: 3, C: 4, D: 5 };

export interface BuiltCase {
  /**
   * Its outputs are the results `y0` …, `loss` = Σ y sin(y), which weights every element differently, and the gradients
   * of the loss with respect to the inputs, `d0` ….
   */
  readonly graph: Graph;
  readonly dtype: 'float32' | 'float64';
  readonly shapes: readonly (readonly number[])[];
  /** Values of the inputs `x0` …. After changing them, call `feeds` again. */
  readonly values: readonly Float64Array[];
  readonly feeds: () => Record<string, OrtTensor>;
}

/** Builds a case with static or named dimensions, in its own element type unless `as` is given. */
export function buildCase(test: OperatorCase, named: boolean, as?: 'float32'): BuiltCase {
  const dtype = as ?? test.dtype ?? 'float64';
  const [low, high] = test.range ?? [-1.5, 1.5];
  const graph = new Graph();
  const shapes = test.inputs.map((shape) => shape.map((dim) => (typeof dim === 'string' ? (SIZES[dim] ?? 1) : dim)));
  const inputs = test.inputs.map((shape, index) =>
    graph.input(`x${index}`, dtype, named ? shape : (shapes[index] ?? [])),
  );
  const results = [test.build(...inputs)].flat();
  results.forEach((y, index) => graph.output(`y${index}`, y));
  const loss = results.map((y) => reduceSum(mul(y, sin(y)))).reduce((total, term) => add(total, term));
  graph.output('loss', loss);
  gradients(loss, inputs).forEach((gradient, index) => graph.output(`d${index}`, gradient));
  const random = new Random(...Array.from(test.name, (letter) => letter.charCodeAt(0)));
  const values = shapes.map((shape) =>
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => low + (high - low) * random.uniform()),
  );
  const feeds = (): Record<string, OrtTensor> =>
    Object.fromEntries(
      values.map((data, index) => [
        `x${index}`,
        new OrtTensor(dtype, dtype === 'float64' ? data : Float32Array.from(data), shapes[index] ?? []),
      ]),
    );
  return { graph, dtype, shapes, values, feeds };
}

export function numbersOf(tensor: OrtTensor | undefined): readonly number[] {
  return tensor === undefined || typeof tensor.data === 'string'
    ? []
    : Array.from(tensor.data as ArrayLike<number>, Number);
}

/** Largest difference relative to the largest element (at least 1e-3); infinite if the lengths differ. */
export function relativeDifference(found: readonly number[], expected: readonly number[]): number {
  if (found.length !== expected.length) return Infinity;
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
  return found.reduce((worst, value, at) => {
    const difference = Math.abs(value - (expected[at] ?? NaN)) / largest;
    return Number.isNaN(difference) ? Infinity : Math.max(worst, difference);
  }, 0);
}
