import type { Dim } from '../dim.js';
import type { Call, Operator, Tensor } from '../ir.js';
import {
  axisOf,
  constantValues,
  declare,
  emit,
  int64Vector,
  intAttribute,
  required,
  sharedDtype,
  shapeError,
} from '../operator.js';

/**
 * The axes that a node reduces, counted from the front. A node without axes reduces all of them, or none if its
 * attribute `noop_with_empty_axes` is set.
 */
export function reducedAxes(call: Pick<Call, 'operator' | 'inputs' | 'attributes'>): readonly number[] {
  const [x, axes] = call.inputs;
  const rank = x?.shape.length ?? 0;
  const values = axes === undefined ? [] : constantValues(axes);
  if (values === undefined) throw shapeError(call, 'the axes are not constant');
  if (values.length === 0 && intAttribute(call, 'noop_with_empty_axes', 0) === 0)
    return Array.from({ length: rank }, (_, axis) => axis);
  return values.map((axis) => axisOf(call, axis, rank));
}

function reduction(type: string, since: number): Operator {
  return declare({
    type,
    since,
    arity: [1, 2],
    attributes: { keepdims: 'int', noop_with_empty_axes: 'int' },
    infer: (call) => {
      const axes = reducedAxes(call);
      const keep = intAttribute(call, 'keepdims', 1) === 1;
      const shape = required(call, 0).shape.flatMap((dim, axis): Dim[] =>
        axes.includes(axis) ? (keep ? [1] : []) : [dim],
      );
      return [{ dtype: sharedDtype(call, [0]), shape }];
    },
  });
}

export const REDUCE_SUM = reduction('ReduceSum', 13);
export const REDUCE_MEAN = reduction('ReduceMean', 18);
export const REDUCE_MAX = reduction('ReduceMax', 18);
export const REDUCE_MIN = reduction('ReduceMin', 18);

export interface ReduceOptions {
  /** Axes to reduce, negative ones counted from the end. Default: all axes. */
  readonly axes?: readonly number[];
  /** Whether to keep reduced axes with length 1; default false. */
  readonly keep?: boolean;
}

function reduce(operator: Operator, x: Tensor, { axes, keep = false }: ReduceOptions): Tensor {
  if (axes?.length === 0) return x;
  return emit(operator, axes === undefined ? [x] : [x, int64Vector(x, axes)], { keepdims: keep ? 1 : 0 });
}

export const reduceSum = (x: Tensor, options: ReduceOptions = {}): Tensor => reduce(REDUCE_SUM, x, options);
export const reduceMean = (x: Tensor, options: ReduceOptions = {}): Tensor => reduce(REDUCE_MEAN, x, options);
export const reduceMax = (x: Tensor, options: ReduceOptions = {}): Tensor => reduce(REDUCE_MAX, x, options);
export const reduceMin = (x: Tensor, options: ReduceOptions = {}): Tensor => reduce(REDUCE_MIN, x, options);

export const ARG_MAX = declare({
  type: 'ArgMax',
  since: 13,
  arity: [1, 1],
  attributes: { axis: 'int', keepdims: 'int', select_last_index: 'int' },
  infer: (call) => {
    const { shape } = required(call, 0);
    const axis = axisOf(call, intAttribute(call, 'axis', 0), shape.length);
    const kept: Dim[] = intAttribute(call, 'keepdims', 1) === 1 ? [1] : [];
    return [{ dtype: 'int64', shape: [...shape.slice(0, axis), ...kept, ...shape.slice(axis + 1)] }];
  },
});

/** Index of the largest element along `axis` (the first among equal ones); the axis is removed. */
export function argMax(x: Tensor, axis: number): Tensor {
  return emit(ARG_MAX, [x], { axis, keepdims: 0 });
}
