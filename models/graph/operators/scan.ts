import { addDims, floorDivideDim } from '../dim.js';
import type { Dim } from '../dim.js';
import type { Call, Tensor } from '../ir.js';
import {
  axisOf,
  constantValues,
  declare,
  emit,
  floatDtype,
  intAttribute,
  required,
  sharedDtype,
  shapeError,
} from '../operator.js';

export const CUM_SUM = declare({
  type: 'CumSum',
  since: 14,
  arity: [2, 2],
  attributes: { exclusive: 'int', reverse: 'int' },
  infer: (call) => {
    const [axis] = constantValues(call.inputs[1]) ?? [];
    const { shape } = required(call, 0);
    if (axis === undefined) throw shapeError(call, 'the axis is not constant');
    axisOf(call, axis, shape.length);
    return [{ dtype: sharedDtype(call, [0]), shape }];
  },
});

export interface CumSumOptions {
  /** Whether to leave the element itself out of its sum. */
  readonly exclusive?: boolean;
  /** Whether to sum from the end of the axis. */
  readonly reverse?: boolean;
}

/** Cumulative sum along `axis`. */
export function cumSum(x: Tensor, axis: number, { exclusive = false, reverse = false }: CumSumOptions = {}): Tensor {
  return emit(CUM_SUM, [x, x.graph.constant('int64', [], [axis])], {
    exclusive: exclusive ? 1 : 0,
    reverse: reverse ? 1 : 0,
  });
}

export const DFT = declare({
  type: 'DFT',
  since: 20,
  arity: [1, 3],
  attributes: { inverse: 'int', onesided: 'int' },
  infer: (call) => {
    const { shape } = required(call, 0);
    const { axis, length } = dftSpan(call);
    const parts = shape.at(-1);
    if (parts !== 1 && parts !== 2) throw shapeError(call, 'the last axis holds one (real) or two (complex) numbers');
    if (axis === shape.length - 1) throw shapeError(call, 'the last axis holds the numbers and is not transformed');
    const onesided = intAttribute(call, 'onesided', 0) === 1;
    if (onesided && (parts !== 1 || intAttribute(call, 'inverse', 0) === 1))
      throw shapeError(call, 'half a spectrum is that of a real signal, and has no inverse');
    const kept: Dim = onesided ? addDims(floorDivideDim(length, 2), 1) : length;
    return [
      { dtype: floatDtype(call, [0]), shape: [...shape.slice(0, -1), 2].map((dim, at) => (at === axis ? kept : dim)) },
    ];
  },
});

/** The transformed axis and its length after padding or cropping. */
export function dftSpan(call: Pick<Call, 'operator' | 'inputs'>): { readonly axis: number; readonly length: Dim } {
  const [x, lengthInput, axisInput] = call.inputs;
  const shape = x?.shape ?? [];
  const axis = axisOf(call, axisInput === undefined ? -2 : (constantValues(axisInput)?.[0] ?? NaN), shape.length);
  const length = lengthInput === undefined ? shape[axis] : constantValues(lengthInput)?.[0];
  if (length === undefined) throw shapeError(call, 'the transform length is not constant');
  return { axis, length };
}

export interface DftOptions {
  /** Length to which the axis is zero-padded or cropped before the transform. */
  readonly length?: number;
  /** The inverse transform, which divides by the length. */
  readonly inverse?: boolean;
  /** For a real signal: only the first floor(length / 2) + 1 values of the spectrum. */
  readonly onesided?: boolean;
}

/**
 * Discrete Fourier transform along `axis`. The last axis holds the real and the imaginary part; a real input may have
 * one number there.
 */
export function dft(x: Tensor, axis: number, { length, inverse = false, onesided = false }: DftOptions = {}): Tensor {
  const span = length === undefined ? undefined : x.graph.constant('int64', [], [length]);
  return emit(DFT, [x, span, x.graph.constant('int64', [], [axis])], {
    inverse: inverse ? 1 : 0,
    onesided: onesided ? 1 : 0,
  });
}
