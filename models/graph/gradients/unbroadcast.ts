import type { Shape } from '../dim.js';
import type { Tensor } from '../ir.js';
import { reshape } from '../operators/layout.js';
import { reduceSum } from '../operators/reduction.js';
import { expand } from '../operators/shape.js';

/** The adjoint of broadcasting: sums `gradient` over the axes that were repeated to broadcast `target` to its shape. */
export function unbroadcast(gradient: Tensor, target: Shape): Tensor {
  const extra = gradient.shape.length - target.length;
  const axes = gradient.shape.flatMap((dim, axis) =>
    axis < extra || (target[axis - extra] === 1 && dim !== 1) ? [axis] : [],
  );
  return reshape(reduceSum(gradient, { axes, keep: true }), target);
}

/** A zero that is broadcast to `shape`, with the element type of `like`. */
export function zeros(like: Tensor, shape: Shape): Tensor {
  return expand(like.graph.constant(like.dtype, [], [0]), shape);
}
