import type { Tensor } from '../../ir.js';
import * as o from '../../operators/index.js';
import type { ReduceOptions } from '../../operators/index.js';
import type { Rule } from '../rule.js';
import { picture, plain, shapeOf, type Value } from '../value.js';

/** Maps TensorFlow's axes of a picture to those of a channels-first picture. */
const PICTURE_AXES = [0, 2, 3, 1];

function reduce(build: (x: Tensor, options: ReduceOptions) => Tensor): Rule {
  return (context) => {
    const value: Value = context.input(0);
    const rank = shapeOf(value).length;
    const axes = context.numbers(1).map((axis) => (axis < 0 ? axis + rank : axis));
    const keep = context.flag('keep_dims');
    if (value.kind === 'computed' && value.channelsFirst && keep)
      return picture(build(value.tensor, { axes: axes.map((axis) => PICTURE_AXES[axis] ?? axis), keep }));
    return plain(build(context.tensor(0), { axes, keep }));
  };
}

const argMax: Rule = (context) => {
  const x = context.tensor(0);
  const axis = context.number(1);
  return plain(o.argMax(x, axis < 0 ? axis + x.shape.length : axis));
};

const topK: Rule = (context) => {
  const { values, indices } = o.topK(context.tensor(0), context.number(1));
  return [plain(values), plain(indices)];
};

export const REDUCTION_RULES: Readonly<Record<string, Rule>> = {
  Mean: reduce(o.reduceMean),
  Sum: reduce(o.reduceSum),
  Max: reduce(o.reduceMax),
  Min: reduce(o.reduceMin),
  ArgMax: argMax,
  TopKV2: topK,
};
