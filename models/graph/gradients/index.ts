import { EarsightError } from '../../../core/errors.js';
import { formatShape } from '../dim.js';
import type { Tensor } from '../ir.js';
import './activation.js';
import './attention.js';
import './convolution.js';
import './elementwise.js';
import './imported-only.js';
import './layout.js';
import './linear-attention.js';
import './normalisation.js';
import './product.js';
import './reduction.js';
import './scan.js';
import { zeros } from './unbroadcast.js';
import { backward } from './backward.js';

export { registerDecomposition } from './decomposition.js';
export { gradientRule, registerGradient } from './rule.js';
export type { Backward, GradientRule } from './rule.js';

/**
 * Adds the gradients of a scalar `loss` with respect to `tensors` to the same graph; zeros for a tensor on which the
 * loss does not depend. If one of `tensors` was computed from another, the gradient does not propagate through it.
 */
export function gradients(loss: Tensor, tensors: readonly Tensor[]): readonly Tensor[] {
  if (loss.shape.length !== 0)
    throw new EarsightError('EARSIGHT_GRAPH_SHAPE', {
      operator: 'gradients',
      shapes: formatShape(loss.shape),
      reason: 'a loss is one number: reduce it first',
    });
  const one = loss.graph.constant(loss.dtype, [], [1]);
  return backward([[loss, one]], tensors).map((gradient, index) => {
    const tensor = tensors[index];
    return gradient ?? zeros(tensor ?? loss, tensor?.shape ?? []);
  });
}
