import { add, less, log, max, mul, neg, sub, where, type Tensor } from '../../graph/index.js';
import { LOG_DECAY_FLOOR } from './decay.js';

/** Below it three terms of the series are exact to float32. */
const SMALL = 1e-2;

/**
 * `log(1 - k)` for 0 <= k <= 1, floored: by its series where 1 - k would round k away. A memory of thousands of steps is
 * made of such small k, and their rounding adds up. `rest` is 1 - k where it is known better than that.
 */
export function logOfRest(k: Tensor, rest: Tensor = sub(1, k)): Tensor {
  const series = neg(mul(k, add(mul(add(mul(k, 1 / 3), 1 / 2), k), 1)));
  return where(less(k, SMALL), series, log(max(rest, Math.exp(LOG_DECAY_FLOOR))));
}
