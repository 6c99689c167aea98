import type { Node, Tensor } from '../ir.js';
import { axisOf, intAttribute } from '../operator.js';
import * as o from '../operators/index.js';
import { unbroadcast } from './unbroadcast.js';
import { registerDecomposition } from './decomposition.js';
import { registerSimple } from './rule.js';

registerSimple(o.SOFTMAX, (dy, _, { node, outputs: [y] }) => {
  if (y === undefined) return [];
  const weighted = o.mul(dy, y);
  const total = o.reduceSum(weighted, { axes: [intAttribute(node, 'axis', -1)], keep: true });
  return [o.sub(weighted, o.mul(y, total))];
});

registerSimple(o.LOG_SOFTMAX, (dy, _, { node, outputs: [y] }) => {
  if (y === undefined) return [];
  const total = o.reduceSum(dy, { axes: [intAttribute(node, 'axis', -1)], keep: true });
  return [o.sub(dy, o.mul(o.exp(y), total))];
});

function normalisedAxes(node: Node, x: Tensor): readonly number[] {
  const first = axisOf(node, intAttribute(node, 'axis', -1), x.shape.length);
  return x.shape.flatMap((_, axis) => (axis >= first ? [axis] : []));
}

const epsilonOf = (node: Node, fallback: number): number => Number(node.attributes['epsilon'] ?? fallback);

/** 1 / sqrt(mean(x²) + epsilon) over `axes`. */
function inverseRootMeanSquare(x: Tensor, axes: readonly number[], epsilon: number): Tensor {
  return o.reciprocal(o.sqrt(o.add(o.reduceMean(o.mul(x, x), { axes, keep: true }), epsilon)));
}

registerSimple(o.LAYER_NORMALIZATION, (dy, [x, scale, bias], { node }) => {
  if (x === undefined || scale === undefined) return [];
  const axes = normalisedAxes(node, x);
  const centred = o.sub(x, o.reduceMean(x, { axes, keep: true }));
  const inverse = inverseRootMeanSquare(centred, axes, epsilonOf(node, 1e-5));
  const normal = o.mul(centred, inverse);
  const dNormal = o.mul(dy, scale);
  const along = o.reduceMean(o.mul(dNormal, normal), { axes, keep: true });
  const level = o.reduceMean(dNormal, { axes, keep: true });
  return [
    o.mul(inverse, o.sub(o.sub(dNormal, level), o.mul(normal, along))),
    unbroadcast(o.mul(dy, normal), scale.shape),
    bias === undefined ? undefined : unbroadcast(dy, bias.shape),
  ];
});

registerSimple(o.RMS_NORMALIZATION, (dy, [x, scale], { node }) => {
  if (x === undefined || scale === undefined) return [];
  const axes = normalisedAxes(node, x);
  const inverse = inverseRootMeanSquare(x, axes, epsilonOf(node, 1e-5));
  const normal = o.mul(x, inverse);
  const dNormal = o.mul(dy, scale);
  const along = o.reduceMean(o.mul(dNormal, normal), { axes, keep: true });
  return [o.mul(inverse, o.sub(dNormal, o.mul(normal, along))), unbroadcast(o.mul(dy, normal), scale.shape)];
});

registerDecomposition(o.BATCH_NORMALIZATION, (node) => {
  const [x, ...statistics] = node.inputs;
  if (x === undefined) return [];
  const [scale, bias, mean, variance] = statistics.map((input) =>
    input === undefined
      ? undefined
      : o.reshape(
          input,
          x.shape.slice(1).map((dim, axis) => (axis === 0 ? dim : 1)),
        ),
  );
  if (scale === undefined || bias === undefined || mean === undefined || variance === undefined) return [];
  const normal = o.div(o.sub(x, mean), o.sqrt(o.add(variance, epsilonOf(node, 1e-5))));
  return [o.add(o.mul(normal, scale), bias)];
});
