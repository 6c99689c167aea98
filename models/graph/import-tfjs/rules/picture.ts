import { averagePool, enlargeBilinear, maxPool, resizeBilinear, type PoolWindow } from '../../operators/index.js';
import type { Rule, NodeContext } from '../rule.js';
import { channelsFirst, picture, sidesOf } from '../value.js';
import { paddedWindow } from './same-padding.js';

function windowOf(context: NodeContext): PoolWindow {
  const [, height = 1, width = 1] = context.ints('ksize');
  const { strides, pads } = paddedWindow(context, sidesOf(context.input(0), context.node.op), [height, width]);
  return { kernel: [height, width], strides, pads };
}

const resize: Rule = (context) => {
  const [height = 1, width = 1] = context.numbers(1);
  const centres = context.flag('align_corners')
    ? 'align_corners'
    : context.flag('half_pixel_centers')
      ? 'half_pixel'
      : 'asymmetric';
  const sides = sidesOf(context.input(0), context.node.op);
  const x = channelsFirst(context.graph, context.input(0));
  if (sides.every((side) => typeof side === 'number')) return picture(resizeBilinear(x, height, width, centres));
  const [down = 0, across = 0] = [height, width].map((side, axis) => side / context.exportedSide(sides[axis] ?? 1));
  if (!Number.isInteger(down) || !Number.isInteger(across))
    throw context.unknownForm('to a fraction of sides that vary');
  return picture(enlargeBilinear(x, down, across, centres));
};

/** Operators that take only pictures. */
export const PICTURE_RULES: Readonly<Record<string, Rule>> = {
  MaxPool: (context) => picture(maxPool(channelsFirst(context.graph, context.input(0)), windowOf(context))),
  AvgPool: (context) => picture(averagePool(channelsFirst(context.graph, context.input(0)), windowOf(context))),
  ResizeBilinear: resize,
};
