import type { Attributes, Call, Operator, OutputType, Tensor } from '../ir.js';
import { declare, emit, floatDtype, intsAttribute, required, shapeError } from '../operator.js';

/** A window that slides over the spatial axes, which follow [batch, channels]. */
export interface PoolWindow {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  /** Padding at the start of each axis, then at the end of each axis. Padding does not take part in the result. */
  readonly pads: readonly number[];
}

function infer(call: Call): readonly OutputType[] {
  const [batch, channels, ...space] = required(call, 0).shape;
  const kernel = intsAttribute(call, 'kernel_shape') ?? [];
  if (batch === undefined || channels === undefined || kernel.length !== space.length)
    throw shapeError(call, 'takes [batch, channels, …] and a window of as many axes');
  const strides = intsAttribute(call, 'strides') ?? kernel.map(() => 1);
  const pads = intsAttribute(call, 'pads') ?? [...kernel, ...kernel].map(() => 0);
  const out = space.map((dim, axis): number => {
    if (typeof dim !== 'number') throw shapeError(call, 'its picture must have static sides');
    const padded = dim + (pads[axis] ?? 0) + (pads[axis + space.length] ?? 0);
    const places = Math.floor((padded - (kernel[axis] ?? 1)) / (strides[axis] ?? 1)) + 1;
    if (!(places >= 1)) throw shapeError(call, 'the window is wider than the picture');
    return places;
  });
  return [{ dtype: floatDtype(call), shape: [batch, channels, ...out] }];
}

function pooling(type: string, since: number, extra: Operator['attributes'] = {}): Operator {
  const attributes = { kernel_shape: 'ints', strides: 'ints', pads: 'ints', ...extra } as const;
  return declare({ type, since, arity: [1, 1], attributes, infer });
}

export const MAX_POOL = pooling('MaxPool', 12);
export const AVERAGE_POOL = pooling('AveragePool', 11, { count_include_pad: 'int' });

function attributesOf({ kernel, strides, pads }: PoolWindow): Attributes {
  return { kernel_shape: kernel, strides, pads };
}

/** The largest element in the window at each position. */
export const maxPool = (x: Tensor, window: PoolWindow): Tensor => emit(MAX_POOL, [x], attributesOf(window));
/** The mean of the elements in the window at each position. */
export const averagePool = (x: Tensor, window: PoolWindow): Tensor => emit(AVERAGE_POOL, [x], attributesOf(window));
