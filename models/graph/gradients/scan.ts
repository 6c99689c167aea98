import { EarsightError } from '../../../core/errors.js';
import { subtractDims } from '../dim.js';
import type { Tensor } from '../ir.js';
import { constantValues, intAttribute } from '../operator.js';
import * as o from '../operators/index.js';
import { dftSpan } from '../operators/scan.js';
import { registerSimple } from './rule.js';

registerSimple(o.CUM_SUM, (dy, [, axis], { node }) => [
  o.cumSum(dy, constantValues(axis)?.[0] ?? 0, {
    exclusive: intAttribute(node, 'exclusive', 0) === 1,
    reverse: intAttribute(node, 'reverse', 0) === 0,
  }),
]);

/**
 * The transform is a symmetric matrix F with F Fᴴ = n I: its adjoint is n times its inverse; the inverse's is F / n.
 */
registerSimple(o.DFT, (dy, [x], { node }) => {
  if (x === undefined) return [];
  const { axis, length: span } = dftSpan(node);
  const before = x.shape[axis];
  if (typeof span !== 'number' || typeof before !== 'number')
    throw new EarsightError('EARSIGHT_GRAPH_GRADIENT', {
      operator: 'DFT',
      reason: 'a transform along a named dimension',
    });
  const inverse = intAttribute(node, 'inverse', 0) === 1;
  const spectrum = fit(dy, axis, span);
  const whole = inverse
    ? o.mul(o.dft(spectrum, axis), 1 / span)
    : o.mul(o.dft(spectrum, axis, { inverse: true }), span);
  const part = x.shape.at(-1) === 1 ? o.slice(whole, -1, 0, 1) : whole;
  return [fit(part, axis, before)];
});

/** Crops or zero-pads `axis` to `length`. */
function fit(x: Tensor, axis: number, length: number): Tensor {
  const missing = Number(subtractDims(length, x.shape[axis] ?? 0));
  if (missing > 0) return o.pad(x, axis, 0, missing);
  return missing < 0 ? o.slice(x, axis, 0, length) : x;
}
