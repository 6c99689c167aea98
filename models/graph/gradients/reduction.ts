import type { Shape } from '../dim.js';
import type { Node, Operator, Tensor } from '../ir.js';
import * as o from '../operators/index.js';
import { reducedAxes } from '../operators/reduction.js';
import { registerSimple, registerStop } from './rule.js';

/** Reshapes a reduced tensor so that its reduced axes have length 1 and it broadcasts to the input. */
function withReducedAxes(x: Tensor, reduced: Tensor, node: Node): Tensor {
  const axes = reducedAxes(node);
  const shape: Shape = x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  return o.reshape(reduced, shape);
}

registerSimple(o.REDUCE_SUM, (dy, [x], { node }) =>
  x === undefined ? [] : [o.expand(withReducedAxes(x, dy, node), x.shape)],
);

registerSimple(o.REDUCE_MEAN, (dy, [x], { node, outputs: [y] }) => {
  if (x === undefined || y === undefined) return [];
  const axes = reducedAxes(node);
  const sizes = axes.map((axis) => x.shape[axis] ?? 1);
  const spread = o.expand(withReducedAxes(x, dy, node), x.shape);
  if (sizes.every((size) => typeof size === 'number'))
    return [
      o.div(
        spread,
        sizes.reduce((a, b) => a * b, 1),
      ),
    ];
  const ones = o.expand(x.graph.constant(x.dtype, [], [1]), x.shape);
  return [o.div(spread, o.reduceSum(ones, { axes, keep: true }))];
});

/** The gradient of a maximum or minimum is divided equally among all elements that attain it. */
function extreme(operator: Operator): void {
  registerSimple(operator, (dy, [x], { node, outputs: [y] }) => {
    if (x === undefined || y === undefined) return [];
    const hit = o.cast(o.equal(x, withReducedAxes(x, y, node)), x.dtype);
    const count = o.reduceSum(hit, { axes: reducedAxes(node), keep: true });
    return [o.mul(hit, o.div(withReducedAxes(x, dy, node), count))];
  });
}

extreme(o.REDUCE_MAX);
extreme(o.REDUCE_MIN);
registerStop(o.ARG_MAX);
