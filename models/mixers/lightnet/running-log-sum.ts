import { abs, add, concat, exp, log, max, neg, slice, sub, type Tensor } from '../../graph/index.js';

/** `log(exp a + exp b)` without an exponent above zero. */
export function logAdd(a: Tensor, b: Tensor): Tensor {
  return add(max(a, b), log(add(exp(neg(abs(sub(a, b)))), 1)));
}

/**
 * `z_t = log Σ_{s<=t} exp x_s` along axis 1 of [B, T, W]: log₂ T rounds, in each of which every step adds what the step
 * 1, 2, 4, … before it has gathered. No running sum of exponentials, so nothing overflows or is lost below the largest.
 */
export function runningLogSum(x: Tensor): Tensor {
  const length = Number(x.shape[1]);
  let z = x;
  for (let reach = 1; reach < length; reach *= 2) {
    const joined = logAdd(slice(z, 1, reach), slice(z, 1, 0, length - reach));
    z = concat([slice(z, 1, 0, reach), joined], 1);
  }
  return z;
}
