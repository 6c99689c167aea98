import type { Operator, Tensor } from '../ir.js';
import * as o from '../operators/index.js';
import { registerSimple } from './rule.js';

/** Φ(x) + x φ(x), where Φ and φ are the distribution function and the density of the standard normal distribution. */
function exactGeluDerivative(x: Tensor): Tensor {
  const distribution = o.mul(o.add(o.erf(o.mul(x, Math.SQRT1_2)), 1), 0.5);
  const density = o.mul(o.exp(o.mul(o.mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return o.add(distribution, o.mul(x, density));
}

/** Derivative of x (1 + tanh u) / 2 with u = sqrt(2 / π) (x + 0.044715 x³). */
function tanhGeluDerivative(x: Tensor): Tensor {
  const [factor, cubic] = [Math.sqrt(2 / Math.PI), 0.044715];
  const square = o.mul(x, x);
  const t = o.tanh(o.mul(o.mul(x, factor), o.add(o.mul(square, cubic), 1)));
  const du = o.mul(o.add(o.mul(square, 3 * cubic), 1), factor);
  const slope = o.mul(o.mul(x, o.sub(1, o.mul(t, t))), du);
  return o.mul(o.add(o.add(t, 1), slope), 0.5);
}

for (const operator of [o.GELU, o.MS_GELU] satisfies Operator[])
  registerSimple(operator, (dy, [x], { node }) =>
    x === undefined
      ? []
      : [o.mul(dy, node.attributes['approximate'] === 'tanh' ? tanhGeluDerivative(x) : exactGeluDerivative(x))],
  );
