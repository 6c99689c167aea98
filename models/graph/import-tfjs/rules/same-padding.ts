import { divideDims, type Dim } from '../../dim.js';
import type { NodeContext } from '../rule.js';

/** How a window moves over a picture, from TensorFlow's attributes; vertical before horizontal. */
export interface PaddedWindow {
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** Top, left, bottom, right: ONNX's order. */
  readonly pads: readonly [number, number, number, number];
}

/**
 * TensorFlow's rule for SAME padding: the result has ⌈side / stride⌉ positions, and the smaller half of the padding
 * that this needs comes first. If a named side is divisible by the stride, the padding does not depend on its length.
 */
function samePadding(
  context: NodeContext,
  side: Dim,
  kernel: number,
  stride: number,
  dilation: number,
): readonly [number, number] {
  const reach = (kernel - 1) * dilation + 1;
  if (typeof side === 'string' && divideDims(side, stride) === undefined)
    throw context.unknownForm(`stride ${stride} over sides of ${side}`);
  const places = typeof side === 'string' ? 1 : Math.ceil(side / stride);
  const covered = typeof side === 'string' ? stride : side;
  const border = Math.max((places - 1) * stride + reach - covered, 0);
  return [Math.floor(border / 2), Math.ceil(border / 2)];
}

/** @throws EARSIGHT_GRAPH_OPERATOR for a channels-first `data_format` and for an unknown padding. */
export function paddedWindow(
  context: NodeContext,
  sides: readonly [Dim, Dim],
  kernel: readonly [number, number],
): PaddedWindow {
  const format = context.text('data_format');
  if (format !== 'NHWC' && format !== '') throw context.unknownForm(format);
  const [, down = 1, across = 1] = context.ints('strides');
  const [, high = 1, wide = 1] = context.ints('dilations');
  const padding = context.text('padding');
  const walk = { strides: [down, across], dilations: [high, wide] } as const;
  if (padding === 'VALID') return { ...walk, pads: [0, 0, 0, 0] };
  if (padding === 'EXPLICIT') {
    const [, , top = 0, bottom = 0, left = 0, right = 0] = context.ints('explicit_paddings');
    return { ...walk, pads: [top, left, bottom, right] };
  }
  if (padding !== 'SAME') throw context.unknownForm(`padding ${padding}`);
  const [top, bottom] = samePadding(context, sides[0], kernel[0], down, high);
  const [left, right] = samePadding(context, sides[1], kernel[1], across, wide);
  return { ...walk, pads: [top, left, bottom, right] };
}
