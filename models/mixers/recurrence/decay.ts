import type { Tensor } from '../../graph/index.js';

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
