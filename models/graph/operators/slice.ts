import { addDims, subtractDims } from '../dim.js';
import type { Dim } from '../dim.js';
import type { Call, Tensor } from '../ir.js';
import { axisOf, constantValues, declare, emit, int64Vector, operand, required, shapeError } from '../operator.js';

/** A bound beyond the end of any axis: ONNX clamps the end of a slice to the length of the axis. */
const TO_THE_END = 2 ** 31 - 1;

export interface SliceRange {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

export function sliceRanges(call: Pick<Call, 'operator' | 'inputs'>): readonly SliceRange[] {
  const [x, ...vectors] = call.inputs;
  const [starts, ends, axes, steps] = vectors.map(constantValues);
  if (x === undefined || starts === undefined || ends === undefined)
    throw shapeError(call, 'the bounds are not constant');
  const ranges = starts.map((start, index) => ({
    axis: axisOf(call, axes?.[index] ?? index, x.shape.length),
    start,
    end: ends[index] ?? TO_THE_END,
    step: steps?.[index] ?? 1,
  }));
  if (ranges.some(({ step }) => step === 0)) throw shapeError(call, 'a step of 0 goes nowhere');
  if (new Set(ranges.map(({ axis }) => axis)).size !== ranges.length) throw shapeError(call, 'an axis is cut twice');
  return ranges;
}

/**
 * The length of a slice. For a named dimension, only slices whose length does not depend on its value are supported.
 */
function sliceLength(call: Call, dim: Dim, { start, end, step }: SliceRange): Dim {
  if (typeof dim === 'number') {
    const clamp = (bound: number): number => {
      const positive = bound < 0 ? bound + dim : bound;
      return step > 0 ? Math.min(Math.max(positive, 0), dim) : Math.min(Math.max(positive, -1), dim - 1);
    };
    return Math.max(0, Math.ceil((clamp(end) - clamp(start)) / step));
  }
  if (step === -1 && start === -1 && end <= -TO_THE_END) return dim;
  if (step !== 1) throw shapeError(call, `the named dimension ${dim} can only be cut in steps of 1`);
  if (start >= 0 && end >= TO_THE_END) return subtractDims(dim, start);
  if (start >= 0 && end < 0) return subtractDims(addDims(dim, end), start);
  if (start >= 0) return Math.max(0, end - start);
  if (end < 0) return Math.max(0, end - start);
  if (end >= TO_THE_END) return -start;
  throw shapeError(call, `from the end of ${dim} to its front is no length`);
}

export const SLICE = declare({
  type: 'Slice',
  since: 13,
  arity: [3, 5],
  infer: (call) => {
    const { dtype, shape } = required(call, 0);
    const cut = [...shape];
    for (const range of sliceRanges(call)) cut[range.axis] = sliceLength(call, cut[range.axis] ?? 0, range);
    return [{ dtype, shape: cut }];
  },
});

/**
 * The elements of `axis` from `start` up to but not including `end`; negative bounds count from the end. A named
 * dimension is assumed to be long enough.
 */
export function slice(x: Tensor, axis: number, start: number, end = TO_THE_END, step = 1): Tensor {
  const vectors = [start, end, axis, step].map((value) => int64Vector(x, [value]));
  return emit(SLICE, [x, ...vectors]);
}

/** The elements of `axis` in reverse order. */
export function reverse(x: Tensor, axis: number): Tensor {
  return slice(x, axis, -1, -TO_THE_END, -1);
}

export const PAD = declare({
  type: 'Pad',
  since: 18,
  arity: [2, 3],
  attributes: { mode: 'string' },
  infer: (call) => {
    const { dtype, shape } = required(call, 0);
    const pads = constantValues(call.inputs[1]);
    if (pads?.length !== 2 * shape.length) throw shapeError(call, 'two constant amounts an axis are needed');
    return [
      { dtype, shape: shape.map((dim, axis) => addDims(dim, (pads[axis] ?? 0) + (pads[axis + shape.length] ?? 0))) },
    ];
  },
});

/** Adds `before` and `after` elements of `value` along one axis; negative amounts remove elements. */
export function pad(x: Tensor, axis: number, before: number, after: number, value = 0): Tensor {
  const rank = x.shape.length;
  const at = axis < 0 ? axis + rank : axis;
  const [front, back] = [Math.max(0, before), Math.max(0, after)];
  // ONNX's Pad also accepts negative amounts, but not every evaluator and device supports them.
  const kept = before < 0 || after < 0 ? slice(x, at, Math.max(0, -before), after < 0 ? after : TO_THE_END) : x;
  if (front === 0 && back === 0) return kept;
  const pads = Array.from({ length: 2 * rank }, (_, index) => (index === at ? front : index === at + rank ? back : 0));
  return emit(PAD, [kept, int64Vector(x, pads), operand(x, value)]);
}
