import { add, less, log, max, mul, neg, sub, where, type Tensor } from '../../graph/index.js';

/** How the memory oscillates. Logarithms are <= 0. */
export type Decay =
  /** λ = 1: plain linear attention. */
  | { readonly kind: 'none' }
  /** One fixed number a head, [H] (TNL, RetNet). */
  | { readonly kind: 'constant'; readonly logs: readonly number[] }
  /** One number a head and step, [B, T, H]. */
  | { readonly kind: 'scalar'; readonly logs: Tensor }
  /** One number a key channel and step, [B, T, H·d] (HGRN2, GLA, LightNet). */
  | { readonly kind: 'vector'; readonly logs: Tensor };

/**
 * Gates below e^-30 (9e-14) count as this: what they would let through is under half an ulp of float32 beside anything
 * newer, and -Infinity (a gate of zero) must not meet another one in a difference.
 */
export const LOG_DECAY_FLOOR = -30;

/** Below it three terms of the series are exact to float32. */
const SMALL = 1e-2;

/**
 * `log(1 - k)` for 0 <= k <= 1, floored: by its series where 1 - k would round k away. A memory of thousands of steps is
 * made of such small k, and their rounding adds up. `rest` is 1 - k where it is known better than that.
 */
export function logOneMinus(k: Tensor, rest: Tensor = sub(1, k)): Tensor {
  const series = neg(mul(k, add(mul(add(mul(k, 1 / 3), 1 / 2), k), 1)));
  return where(less(k, SMALL), series, log(max(rest, Math.exp(LOG_DECAY_FLOOR))));
}

export interface RecurrenceInputs {
  /** [B, T, H·d] */
  readonly q: Tensor;
  /** [B, T, H·d] */
  readonly k: Tensor;
  /** [B, T, H·e] */
  readonly v: Tensor;
  readonly heads: number;
  readonly decay: Decay;
  /** [B, H, d, e] after the steps before the first; nothing when absent. */
  readonly state?: Tensor;
}

export interface RecurrenceOutputs {
  /** [B, T, H·e] */
  readonly output: Tensor;
  /** [B, H, d, e] after the last step. */
  readonly state: Tensor;
}
