import { sameShape } from '../dim.js';
import type { Tensor } from '../ir.js';
import {
  axisOf,
  constantValues,
  declare,
  elementsOf,
  emit,
  intAttribute,
  required,
  sharedDtype,
  shapeError,
} from '../operator.js';

export const GATHER = declare({
  type: 'Gather',
  since: 13,
  arity: [2, 2],
  attributes: { axis: 'int' },
  infer: (call) => {
    const x = required(call, 0);
    const indices = required(call, 1);
    if (indices.dtype !== 'int64' && indices.dtype !== 'int32') throw shapeError(call, 'indices are int64 or int32');
    const axis = axisOf(call, intAttribute(call, 'axis', 0), x.shape.length);
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
    const [dims, at] = [elementsOf(x), constantValues(indices)];
    const elements = x.dtype === 'int64' && dims !== undefined ? at?.map((index) => dims.at(index) ?? 0) : undefined;
    return [{ dtype: x.dtype, shape, elements }];
  },
});

/** Selects entries along `axis` by index; in the result, the axis is replaced by the axes of `indices`. */
export const gather = (x: Tensor, indices: Tensor, axis = 0): Tensor => emit(GATHER, [x, indices], { axis });

export const GATHER_ND = declare({
  type: 'GatherND',
  since: 13,
  arity: [2, 2],
  infer: (call) => {
    const { dtype, shape } = required(call, 0);
    const indices = required(call, 1);
    if (indices.dtype !== 'int64') throw shapeError(call, 'indices are int64');
    const width = indices.shape.at(-1);
    if (typeof width !== 'number' || width > shape.length)
      throw shapeError(call, 'an index names more axes than it has');
    return [{ dtype, shape: [...indices.shape.slice(0, -1), ...shape.slice(width)] }];
  },
});

/** Selects by `indices` [..., k], of which each row indexes the first k axes of `x`. */
export const gatherND = (x: Tensor, indices: Tensor): Tensor => emit(GATHER_ND, [x, indices]);

export const SCATTER_ND = declare({
  type: 'ScatterND',
  since: 18,
  arity: [3, 3],
  attributes: { reduction: 'string' },
  infer: (call) => {
    const { dtype, shape } = required(call, 0);
    const { shape: at, dtype: index } = required(call, 1);
    if (index !== 'int64') throw shapeError(call, 'indices are int64');
    const width = at.at(-1);
    if (typeof width !== 'number') throw shapeError(call, 'the width of an index must be static');
    if (!sameShape(required(call, 2).shape, [...at.slice(0, -1), ...shape.slice(width)]))
      throw shapeError(call, 'the updates do not fit the indices');
    sharedDtype(call, [0, 2]);
    return [{ dtype, shape }];
  },
});

/** Adds `updates` to `x` at `indices` [..., k], which index the first k axes; updates at equal indices accumulate. */
export function scatterAdd(x: Tensor, indices: Tensor, updates: Tensor): Tensor {
  return emit(SCATTER_ND, [x, indices, updates], { reduction: 'add' });
}

export const TRILU = declare({
  type: 'Trilu',
  since: 14,
  arity: [1, 2],
  attributes: { upper: 'int' },
  infer: (call) => {
    const { dtype, shape } = required(call, 0);
    if (shape.length < 2) throw shapeError(call, 'takes matrices');
    return [{ dtype, shape }];
  },
});

/** Sets the elements of each matrix above diagonal `k` to zero. */
export function lowerTriangle(x: Tensor, k = 0): Tensor {
  return emit(TRILU, [x, x.graph.constant('int64', [], [k])], { upper: 0 });
}

/** Sets the elements of each matrix below diagonal `k` to zero. */
export function upperTriangle(x: Tensor, k = 0): Tensor {
  return emit(TRILU, [x, x.graph.constant('int64', [], [k])], { upper: 1 });
}
