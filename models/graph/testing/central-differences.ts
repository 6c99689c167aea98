import { InferenceSession } from 'onnxruntime-node';
import { serialise } from '../index.js';
import { buildCase, numbersOf } from './operator-case.js';
import type { OperatorCase } from './operator-case.js';

/** About this many elements of a large input are compared, and all elements of a smaller one. */
const LARGEST_SAMPLE = 40;
/** Balances truncation error against rounding error: near the cube root of the element type's precision. */
const STEP = { float32: 1e-2, float64: 1e-5 } as const;

export interface Comparison {
  /**
   * Largest difference between an element of a gradient and its central difference, relative to the largest element.
   */
  readonly worst: number;
  readonly elements: number;
}

export async function compareGradients(test: OperatorCase, named: boolean): Promise<Comparison> {
  const { graph, dtype, values, feeds } = buildCase(test, named);
  const session = await InferenceSession.create(serialise(graph));
  const forward = await InferenceSession.create(serialise(graph, { outputs: ['loss'] }));
  const loss = async (): Promise<number> => numbersOf((await forward.run(feeds()))['loss'])[0] ?? NaN;
  const analytic = await session.run(feeds());
  const step = STEP[dtype];
  let [worst, largest, elements] = [0, 1e-3, 0];
  for (const [index, data] of values.entries()) {
    const gradient = numbersOf(analytic[`d${index}`]);
    for (const element of gradient) largest = Math.max(largest, Math.abs(element));
    const stride = Math.ceil(data.length / LARGEST_SAMPLE);
    for (let at = 0; at < data.length; at += stride) {
      const value = data[at] ?? NaN;
      data[at] = value + step;
      const up = await loss();
      data[at] = value - step;
      const down = await loss();
      data[at] = value;
      const difference = Math.abs((up - down) / (2 * step) - (gradient[at] ?? NaN));
      worst = Number.isNaN(difference) ? Infinity : Math.max(worst, difference);
      elements++;
    }
  }
  await session.release();
  await forward.release();
  return { worst: worst / largest, elements };
}
