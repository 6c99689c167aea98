import { broadcastShapes, sameShape, splitOutside } from '../dim.js';
import type { Dim, Shape } from '../dim.js';
import type { Tensor } from '../ir.js';
import { declare, elementsOf, emit, int64Vector, intAttribute, required, shapeError } from '../operator.js';
import { add, mul } from './binary.js';
import { concat } from './join.js';

export const SHAPE = declare({
  type: 'Shape',
  since: 15,
  arity: [1, 1],
  attributes: { start: 'int', end: 'int' },
  infer: (call) => {
    const { shape } = required(call, 0);
    const elements = shape.slice(intAttribute(call, 'start', 0), intAttribute(call, 'end', shape.length));
    return [{ dtype: 'int64', shape: [elements.length], elements }];
  },
});

/** The run-time shape of `x` as an int64 vector: the axes from `start` up to but not including `end`. */
export function shapeOf(x: Tensor, start = 0, end = x.shape.length): Tensor {
  return emit(SHAPE, [x], { start, end });
}

/** `shape` as an int64 vector: static dimensions are constants, named ones are read from tensors that have them. */
export function shapeVector(like: Tensor, shape: Shape): Tensor {
  const parts: Tensor[] = [];
  let run: number[] = [];
  for (const dim of shape) {
    if (typeof dim === 'number') run.push(dim);
    else {
      if (run.length > 0) parts.push(int64Vector(like, run));
      run = [];
      parts.push(dimVector(like, dim));
    }
  }
  if (run.length > 0 || parts.length === 0) parts.push(int64Vector(like, run));
  const [first, ...rest] = parts;
  return first === undefined || rest.length > 0 ? concat(parts, 0) : first;
}

/** One dimension as an int64 vector of one element. */
function dimVector(like: Tensor, dim: Dim): Tensor {
  if (typeof dim === 'number') return int64Vector(like, [dim]);
  const source = like.graph.dimensionSource(dim);
  if (source !== undefined) return shapeOf(source.tensor, source.axis, source.axis + 1);
  const [terms, factors] = [splitOutside(dim, '+'), splitOutside(dim, '*')];
  const parts = terms.length > 1 ? terms : factors;
  if (parts.length < 2) throw shapeError({ operator: SHAPE, inputs: [like] }, `no tensor has the dimension ${dim}`);
  const vectors = parts.map((part) => dimVector(like, /^-?\d+$/.test(part) ? Number(part) : part));
  return vectors.reduce((a, b) => (terms.length > 1 ? add(a, b) : mul(a, b)));
}

export const EXPAND = declare({
  type: 'Expand',
  since: 13,
  arity: [2, 2],
  infer: (call) => {
    const x = required(call, 0);
    const elements = elementsOf(call.inputs[1]);
    if (elements === undefined) throw shapeError(call, 'the target is only known at run time');
    const target = broadcastShapes(x.shape, elements);
    if (target === undefined) throw shapeError(call, 'the input does not broadcast to the target');
    return [{ dtype: x.dtype, shape: target }];
  },
});

/** Repeats axes of length 1, as in broadcasting, so that the result has the shape `shape`. */
export function expand(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  return emit(EXPAND, [x, shapeVector(x, shape)]);
}
