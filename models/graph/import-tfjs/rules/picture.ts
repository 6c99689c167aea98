import { averagePool, enlargeBilinear, maxPool, resizeBilinear, type PoolWindow } from '../../operators/index.js';
import type { Rule, NodeContext } from '../rule.js';
import { channelsFirst, picture, sidesOf } from '../value.js';
import { walkOf } from './same-padding.js';

function windowOf(site: NodeContext): PoolWindow {
  const [, height = 1, width = 1] = site.ints('ksize');
  const { strides, pads } = walkOf(site, sidesOf(site.input(0), site.node.op), [height, width]);
  return { kernel: [height, width], strides, pads };
}

const resize: Rule = (site) => {
  const [height = 1, width = 1] = site.numbers(1);
  const centres = site.flag('align_corners')
    ? 'align_corners'
    : site.flag('half_pixel_centers')
      ? 'half_pixel'
      : 'asymmetric';
  const sides = sidesOf(site.input(0), site.node.op);
  const x = channelsFirst(site.graph, site.input(0));
  if (sides.every((side) => typeof side === 'number')) return picture(resizeBilinear(x, height, width, centres));
  const [down = 0, across = 0] = [height, width].map((side, axis) => side / site.exportedSide(sides[axis] ?? 1));
  if (!Number.isInteger(down) || !Number.isInteger(across)) throw site.unknownForm('to a fraction of sides that vary');
  return picture(enlargeBilinear(x, down, across, centres));
};

/** Operators that only pictures have. */
export const PICTURE_RULES: Readonly<Record<string, Rule>> = {
  MaxPool: (site) => picture(maxPool(channelsFirst(site.graph, site.input(0)), windowOf(site))),
  AvgPool: (site) => picture(averagePool(channelsFirst(site.graph, site.input(0)), windowOf(site))),
  ResizeBilinear: resize,
};
