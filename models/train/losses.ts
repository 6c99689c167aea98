import { EarsightError } from '../../core/errors.js';
import {
  add,
  cast,
  clip,
  div,
  exp,
  expand,
  log,
  max,
  mul,
  neg,
  reduceMax,
  reduceSum,
  softplus,
  sub,
  type Tensor,
} from '../graph/index.js';
import { meanOfAll, sumOfAll } from './total.js';

export interface LossOptions {
  /** 1 for positions that count, 0 for padding; broadcast to the shape of the loss. */
  readonly mask?: Tensor;
  /** Factor of the positive term, for rare classes. */
  readonly positiveWeight?: number;
}

/** The mean over the positions that the mask keeps, a scalar. */
function masked(loss: Tensor, mask: Tensor | undefined): Tensor {
  if (mask === undefined) return meanOfAll(loss);
  const weights = expand(cast(mask, loss.dtype), loss.shape);
  // A mask of zeros gives 0 instead of 0 / 0.
  return div(sumOfAll(mul(loss, weights)), max(sumOfAll(weights), 1e-6));
}

/** Binary cross entropy of logits with targets in [0, 1], which may be soft; both have the same shape. */
export function binaryCrossEntropyWithLogits(logits: Tensor, targets: Tensor, options: LossOptions = {}): Tensor {
  const { mask, positiveWeight = 1 } = options;
  // -t log σ(x) - (1 - t) log(1 - σ(x)), with log σ(x) = -softplus(-x): finite for every x.
  if (positiveWeight === 1) return masked(sub(softplus(logits), mul(logits, targets)), mask);
  const positive = mul(mul(targets, positiveWeight), softplus(neg(logits)));
  return masked(add(positive, mul(sub(1, targets), softplus(logits))), mask);
}

/** Smallest probability whose logarithm is taken. PyTorch clamps the logarithm at -100 for the same purpose. */
const SMALLEST_PROBABILITY = 1e-7;

/** Binary cross entropy of probabilities, for outputs that have no logits, such as pooled ones. */
export function binaryCrossEntropy(probabilities: Tensor, targets: Tensor, options: LossOptions = {}): Tensor {
  const { mask, positiveWeight = 1 } = options;
  const p = clip(probabilities, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY);
  const positive = mul(mul(targets, positiveWeight), log(p));
  return masked(neg(add(positive, mul(sub(1, targets), log(sub(1, p))))), mask);
}

/** Cross entropy of a softmax over the last axis with a target distribution; the mask has one axis less. */
export function softmaxCrossEntropy(logits: Tensor, targets: Tensor, mask?: Tensor): Tensor {
  // LogSoftmax from other operators: onnxruntime 1.30 has no webgpu kernel for it, and a step that visits the cpu waits twice.
  const shifted = sub(logits, reduceMax(logits, { axes: [-1], keep: true }));
  const logTotal = log(reduceSum(exp(shifted), { axes: [-1] }));
  const weight = reduceSum(targets, { axes: [-1] });
  return masked(sub(mul(weight, logTotal), reduceSum(mul(shifted, targets), { axes: [-1] })), mask);
}

export function meanSquaredError(values: Tensor, targets: Tensor, mask?: Tensor): Tensor {
  const difference = sub(values, targets);
  return masked(mul(difference, difference), mask);
}

/** A weighted sum of losses, Σ weight · loss. */
export function mixedLoss(parts: readonly (readonly [weight: number, loss: Tensor])[]): Tensor {
  const [first, ...rest] = parts.map(([weight, loss]) => mul(loss, weight));
  if (first === undefined)
    throw new EarsightError('EARSIGHT_GRAPH_INVALID', { reason: 'a mixed loss has at least one part' });
  return rest.reduce((sum, part) => add(sum, part), first);
}
