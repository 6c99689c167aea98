import { add, less, log, max, mul, neg, sub, where, type Tensor } from '../../graph/index.js';

/** Decay of the memory from one step to the next. Logarithms are <= 0. */
export type Decay =
  /** λ = 1: plain linear attention. */
  | { readonly kind: 'none' }
  /** One constant per head, [H] (TNL, RetNet). */
  | { readonly kind: 'constant'; readonly logs: readonly number[] }
  /** One number per head and step, [B, T, H]. */
  | { readonly kind: 'scalar'; readonly logs: Tensor }
  /** One number per key channel and step, [B, T, H·d] (HGRN2, GLA, LightNet). */
  | { readonly kind: 'vector'; readonly logs: Tensor };

/**
 * Gates below e^-30 (9e-14) are raised to it. What they would let through is less than half an ulp of float32 beside any newer
 * value, and a gate of zero must not appear as -Infinity, because the difference of two of them is NaN.
 */
export const LOG_DECAY_FLOOR = -30;

/** Below this value three terms of the series are exact in float32. */
const SMALL = 1e-2;

/**
 * `log(1 - k)` for 0 <= k <= 1, not below LOG_DECAY_FLOOR. Small k use the series, because 1 - k would round k away; a memory
 * of thousands of steps consists of such small k, and their rounding errors accumulate.
 * @param rest 1 - k, where the caller knows it more exactly than by subtraction
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
  /** The memory before the first step, [B, H, d, e]; an empty memory when absent. */
  readonly state?: Tensor;
}

export interface RecurrenceOutputs {
  /** [B, T, H·e] */
  readonly output: Tensor;
  /** The memory after the last step, [B, H, d, e]. */
  readonly state: Tensor;
}
