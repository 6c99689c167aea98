import type { HeadInputs, HeadShape } from './row-arithmetic.js';

/**
 * Logarithm of the decay: [length, 1] (one number a step, as TNL) or [length, keyWidth] (a vector, as HGRN2 and GLA).
 * Values are <= 0; -Infinity is a gate of zero.
 */
export interface DecayInputs extends HeadInputs {
  readonly logDecay: Float64Array;
}

/**
 * The quadratic definition, `o_t = Σ_{s<=t} Σ_c q_tc k_sc exp(Σ_{s<u<=t} g_uc) v_s` (methods.md B.2, B.6): no state, so
 * it shares nothing with the forms it judges. Returns [length, valueWidth].
 */
export function decayReference(inputs: DecayInputs, shape: HeadShape): Float64Array {
  const { length, keyWidth, valueWidth } = shape;
  const { q, k, v, logDecay } = inputs;
  const vector = logDecay.length === length * keyWidth && keyWidth > 1;
  const out = new Float64Array(length * valueWidth);
  const kept = new Float64Array(keyWidth);
  for (let t = 0; t < length; t++) {
    kept.fill(1);
    for (let s = t; s >= 0; s--) {
      let weight = 0;
      for (let c = 0; c < keyWidth; c++) weight += at(q, t * keyWidth + c) * at(k, s * keyWidth + c) * at(kept, c);
      for (let j = 0; j < valueWidth; j++)
        out[t * valueWidth + j] = at(out, t * valueWidth + j) + weight * at(v, s * valueWidth + j);
      for (let c = 0; c < keyWidth; c++) kept[c] = at(kept, c) * Math.exp(at(logDecay, vector ? s * keyWidth + c : s));
    }
  }
  return out;
}

/** Both directions with one shared diagonal: `f_t + r_t - (q_t·k_t) v_t`, defined here by `|t - s|` (scalar decay only). */
export function symmetricDecayReference(inputs: HeadInputs, lambda: number, shape: HeadShape): Float64Array {
  const { length, keyWidth, valueWidth } = shape;
  const out = new Float64Array(length * valueWidth);
  for (let t = 0; t < length; t++)
    for (let s = 0; s < length; s++) {
      let weight = 0;
      for (let c = 0; c < keyWidth; c++) weight += at(inputs.q, t * keyWidth + c) * at(inputs.k, s * keyWidth + c);
      weight *= lambda ** Math.abs(t - s);
      for (let j = 0; j < valueWidth; j++)
        out[t * valueWidth + j] = at(out, t * valueWidth + j) + weight * at(inputs.v, s * valueWidth + j);
    }
  return out;
}

function at(array: Float64Array, index: number): number {
  return array[index] ?? Number.NaN;
}
