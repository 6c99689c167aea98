import { divideDims, elementCount, formatShape, sameShape } from '../dim.js';
import type { Dim, Shape } from '../dim.js';
import type { Call, Tensor } from '../ir.js';
import {
  axisOf,
  constantValues,
  declare,
  elementsOf,
  emit,
  int64Vector,
  intAttribute,
  intsAttribute,
  required,
  shapeError,
} from '../operator.js';
import { shapeVector } from './shape.js';

export const RESHAPE = declare({
  type: 'Reshape',
  since: 14,
  arity: [2, 2],
  attributes: { allowzero: 'int' },
  infer: (call) => {
    const x = required(call, 0);
    const target = elementsOf(call.inputs[1]);
    if (target === undefined) throw shapeError(call, 'the target is only known at run time');
    if (intAttribute(call, 'allowzero', 0) === 1 && target.includes(0))
      throw shapeError(call, 'a 0 that is no copy is not supported');
    return [{ dtype: x.dtype, shape: reshaped(call, x.shape, target) }];
  },
});

/** The target shape by ONNX's rules: 0 copies the input's axis, and one -1 is inferred from the remaining elements. */
function reshaped(call: Call, from: Shape, target: Shape): Shape {
  const copied = target.map((dim, axis) => (dim === 0 ? (from[axis] ?? 0) : dim));
  if (copied.filter((dim) => dim === -1).length > 1 || copied.some((dim) => typeof dim === 'number' && dim < -1))
    throw shapeError(call, `${formatShape(target)} is no shape`);
  const rest = remaining(
    from,
    copied.filter((dim) => dim !== -1),
  );
  if (!copied.includes(-1)) {
    if (rest !== 1) throw shapeError(call, `${formatShape(copied)} has another number of elements`);
    return copied;
  }
  if (rest === undefined) throw shapeError(call, `what is left for -1 in ${formatShape(target)} is not whole`);
  return copied.map((dim) => (dim === -1 ? rest : dim));
}

/** The element count of `from` divided by that of `to`: equal axes cancel first, then the rest must divide exactly. */
function remaining(from: Shape, to: Shape): Dim | undefined {
  const left = [...from];
  const divisor = to.filter((dim) => {
    const at = left.indexOf(dim);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return divideDims(elementCount(left), elementCount(divisor));
}

/** The same elements, in the same order, in another shape; one dimension may be -1, which is inferred. */
export function reshape(x: Tensor, target: Shape): Tensor {
  if (sameShape(x.shape, target)) return x;
  const call = { operator: RESHAPE, inputs: [x], attributes: {}, opset: x.graph.opset };
  const wanted = reshaped(call, x.shape, target);
  const copied = wanted.map((dim, axis) => (typeof dim === 'string' && dim === x.shape[axis] ? 0 : dim));
  const names = copied.filter((dim) => typeof dim === 'string');
  const compact = names.length === 1 ? copied.map((dim) => (typeof dim === 'string' ? -1 : dim)) : copied;
  const vector = names.length <= 1 ? shapeVector(x, compact) : shapeVector(x, wanted);
  return emit(RESHAPE, [x, vector]);
}

export const TRANSPOSE = declare({
  type: 'Transpose',
  since: 13,
  arity: [1, 1],
  attributes: { perm: 'ints' },
  infer: (call) => {
    const { dtype, shape } = required(call, 0);
    return [{ dtype, shape: permutation(call).map((axis) => shape[axis] ?? 0) }];
  },
});

/** The permutation of the axes; by default their order is reversed. */
export function permutation(call: Pick<Call, 'operator' | 'inputs' | 'attributes'>): readonly number[] {
  const rank = call.inputs[0]?.shape.length ?? 0;
  const order = intsAttribute(call, 'perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  if (order.length !== rank || new Set(order).size !== rank || order.some((axis) => axis < 0 || axis >= rank))
    throw shapeError(call, `[${order.join(', ')}] is not an order of ${rank} axes`);
  return order;
}

/** Axis i of the result is axis `order[i]` of `x`. */
export const transpose = (x: Tensor, order: readonly number[]): Tensor => emit(TRANSPOSE, [x], { perm: order });

export const UNSQUEEZE = declare({
  type: 'Unsqueeze',
  since: 13,
  arity: [2, 2],
  infer: (call) => {
    const x = required(call, 0);
    const given = constantValues(call.inputs[1]);
    if (given === undefined) throw shapeError(call, 'the axes are not constant');
    const rank = x.shape.length + given.length;
    const axes = given.map((axis) => axisOf(call, axis, rank));
    if (new Set(axes).size !== axes.length) throw shapeError(call, `axes ${axes.join(', ')} are not all different`);
    const rest = x.shape[Symbol.iterator]();
    const shape = Array.from({ length: rank }, (_, axis): Dim => (axes.includes(axis) ? 1 : (rest.next().value ?? 1)));
    return [{ dtype: x.dtype, shape, elements: x.elements }];
  },
});

export const SQUEEZE = declare({
  type: 'Squeeze',
  since: 13,
  arity: [1, 2],
  infer: (call) => {
    const x = required(call, 0);
    const given = call.inputs[1] === undefined ? undefined : constantValues(call.inputs[1]);
    const axes = given?.map((axis) => axisOf(call, axis, x.shape.length));
    if (axes?.some((axis) => x.shape[axis] !== 1)) throw shapeError(call, `axes ${axes.join(', ')} are not all 1`);
    const shape = x.shape.filter((dim, axis) => (axes === undefined ? dim !== 1 : !axes.includes(axis)));
    return [{ dtype: x.dtype, shape, elements: x.elements }];
  },
});

/** Adds axes of length 1; `axes` are positions in the result. */
export const unsqueeze = (x: Tensor, axes: readonly number[]): Tensor => emit(UNSQUEEZE, [x, int64Vector(x, axes)]);
/** Removes axes of length 1. */
export const squeeze = (x: Tensor, axes: readonly number[]): Tensor => emit(SQUEEZE, [x, int64Vector(x, axes)]);
