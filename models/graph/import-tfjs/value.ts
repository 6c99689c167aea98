import type { Dim, Shape } from '../dim.js';
import { formatShape } from '../dim.js';
import type { Graph } from '../graph.js';
import type { Tensor } from '../ir.js';
import { reshape, transpose } from '../operators/index.js';
import { EarsightError } from '../../../core/errors.js';

/** TensorFlow stores pictures as [batch, height, width, channels], ONNX as [batch, channels, height, width]. */
const TO_CHANNELS_FIRST = [0, 3, 1, 2];
const TO_CHANNELS_LAST = [0, 2, 3, 1];

export interface Constant {
  readonly kind: 'constant';
  readonly dtype: 'float32' | 'int64' | 'bool';
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/** A node's result. A picture stays channels-first until an operator needs TensorFlow's order of axes. */
export interface Computed {
  readonly kind: 'computed';
  readonly tensor: Tensor;
  readonly channelsFirst: boolean;
}

export type Value = Constant | Computed;

export const plain = (tensor: Tensor): Computed => ({ kind: 'computed', tensor, channelsFirst: false });
export const picture = (tensor: Tensor): Computed => ({ kind: 'computed', tensor, channelsFirst: true });

/** The shape of a value in TensorFlow's order of axes. */
export function shapeOf(value: Value): Shape {
  if (value.kind === 'constant') return value.shape;
  return value.channelsFirst ? reorder(value.tensor.shape, TO_CHANNELS_LAST) : value.tensor.shape;
}

/** The value as a tensor in TensorFlow's order of axes. */
export function inTensorFlowOrder(g: Graph, value: Value): Tensor {
  if (value.kind === 'constant') return g.constant(value.dtype, value.shape, value.values);
  return value.channelsFirst ? permuteAxes(value.tensor, TO_CHANNELS_LAST) : value.tensor;
}

/** The value, which must have four axes, as a channels-first tensor. */
export function channelsFirst(g: Graph, value: Value): Tensor {
  if (value.kind === 'constant') {
    const { shape, values } = permuted(value, TO_CHANNELS_FIRST);
    return g.constant(value.dtype, shape, values);
  }
  return value.channelsFirst ? value.tensor : permuteAxes(value.tensor, TO_CHANNELS_FIRST);
}

/** The value as a tensor that broadcasts with channels-first pictures. */
export function broadcastableToPictures(g: Graph, value: Value): Tensor {
  const shape = shapeOf(value);
  if (shape.length === 0) return inTensorFlowOrder(g, value);
  if (shape.length === 4) return channelsFirst(g, value);
  const four = [...Array.from({ length: 4 - shape.length }, () => 1), ...shape];
  if (value.kind === 'computed') return permuteAxes(reshape(value.tensor, four), TO_CHANNELS_FIRST);
  return channelsFirst(g, { ...value, shape: four.map(Number) });
}

/** A constant with its axes permuted: axis i of the result is axis `order[i]` of the input. */
export function permuted({ shape, values }: Constant, order: readonly number[]): Pick<Constant, 'shape' | 'values'> {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, side) => product * side, 1));
  const target = order.map((axis) => shape[axis] ?? 1);
  const steps = order.map((axis) => strides[axis] ?? 1);
  const result = new Float32Array(values.length);
  const at = target.map(() => 0);
  let from = 0;
  for (let to = 0; to < result.length; to++) {
    result[to] = values[from] ?? 0;
    for (let axis = target.length - 1; axis >= 0; axis--) {
      at[axis] = (at[axis] ?? 0) + 1;
      from += steps[axis] ?? 0;
      if ((at[axis] ?? 0) < (target[axis] ?? 1)) break;
      from -= (target[axis] ?? 1) * (steps[axis] ?? 0);
      at[axis] = 0;
    }
  }
  return { shape: target, values: result };
}

/** The numbers of a constant. @throws EARSIGHT_MODEL_UNREADABLE, naming `what`, if the value is not a constant. */
export function numbersOf(value: Value | undefined, what: string): readonly number[] {
  if (value?.kind === 'constant') return Array.from(value.values);
  throw new EarsightError('EARSIGHT_MODEL_UNREADABLE', { reason: `${what} is not a constant` });
}

/** Height and width of a picture. @throws EARSIGHT_MODEL_UNREADABLE, naming `what`, if the value is not a picture. */
export function sidesOf(value: Value, what: string): readonly [Dim, Dim] {
  const [, height, width, ...rest] = shapeOf(value);
  if (height !== undefined && width !== undefined && rest.length === 1) return [height, width];
  throw new EarsightError('EARSIGHT_MODEL_UNREADABLE', {
    reason: `${what} takes pictures, not ${formatShape(shapeOf(value))}`,
  });
}

/** Transposes a tensor, or only reshapes it if no axis longer than 1 changes its place. */
function permuteAxes(x: Tensor, order: readonly number[]): Tensor {
  const moving = order.filter((axis) => x.shape[axis] !== 1);
  if (moving.every((axis, index) => index === 0 || (moving[index - 1] ?? 0) < axis))
    return reshape(x, reorder(x.shape, order));
  return transpose(x, order);
}

function reorder(shape: Shape, order: readonly number[]): readonly Dim[] {
  return order.map((axis) => shape[axis] ?? 1);
}
