import type { HeadShape } from './row-arithmetic.js';

export interface LightNetInputs {
  readonly q: Float64Array;
  readonly k: Float64Array;
  readonly v: Float64Array;
  /** Logits of the additive gate, [length, keyWidth]. */
  readonly logits: Float64Array;
}

/**
 * LightNet (methods.md B.4): per key channel, a softmax-weighted average of `k v^T` over the steps that may be seen:
 * all up to t when causal, all of them otherwise. Two passes over the visible steps, as written, no running state.
 */
export function lightNetReference(inputs: LightNetInputs, shape: HeadShape, causal: boolean): Float64Array {
  const { length, keyWidth, valueWidth } = shape;
  const { q, k, v, logits } = inputs;
  const out = new Float64Array(length * valueWidth);
  const weights = new Float64Array(length);
  for (let t = 0; t < length; t++) {
    const visible = causal ? t + 1 : length;
    for (let c = 0; c < keyWidth; c++) {
      let peak = -Infinity;
      for (let s = 0; s < visible; s++) peak = Math.max(peak, at(logits, s * keyWidth + c));
      let total = 0;
      for (let s = 0; s < visible; s++) {
        weights[s] = Math.exp(at(logits, s * keyWidth + c) - peak);
        total += at(weights, s);
      }
      for (let s = 0; s < visible; s++) {
        const share = (at(weights, s) / total) * at(k, s * keyWidth + c);
        for (let j = 0; j < valueWidth; j++)
          out[t * valueWidth + j] =
            at(out, t * valueWidth + j) + at(q, t * keyWidth + c) * share * at(v, s * valueWidth + j);
      }
    }
  }
  return out;
}

function at(array: Float64Array, index: number): number {
  return array[index] ?? Number.NaN;
}
