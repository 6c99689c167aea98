import type { HeadInputs, HeadShape } from './row-arithmetic.js';

/** Scaled dot-product attention, `softmax(q k^T / sqrt(d)) v`; causal or not. Returns [length, valueWidth]. */
export function softmaxAttentionReference(inputs: HeadInputs, shape: HeadShape, causal: boolean): Float64Array {
  const { length, keyWidth, valueWidth } = shape;
  const out = new Float64Array(length * valueWidth);
  for (let t = 0; t < length; t++) {
    const visible = causal ? t + 1 : length;
    const scores = Array.from({ length: visible }, (_, s) => {
      let score = 0;
      for (let c = 0; c < keyWidth; c++) score += at(inputs.q, t * keyWidth + c) * at(inputs.k, s * keyWidth + c);
      return score / Math.sqrt(keyWidth);
    });
    const peak = scores.reduce((a, b) => Math.max(a, b), -Infinity);
    const weights = scores.map((score) => Math.exp(score - peak));
    const total = weights.reduce((a, b) => a + b, 0);
    weights.forEach((weight, s) => {
      for (let j = 0; j < valueWidth; j++)
        out[t * valueWidth + j] = at(out, t * valueWidth + j) + (weight / total) * at(inputs.v, s * valueWidth + j);
    });
  }
  return out;
}

/** The plainest token mixer (PoolFormer): the mean of all steps seen so far, or of all steps. */
export function averagePoolingReference(v: Float64Array, shape: HeadShape, causal: boolean): Float64Array {
  const { length, valueWidth } = shape;
  return v.map((_, index) => {
    const t = Math.floor(index / valueWidth);
    const j = index % valueWidth;
    const visible = causal ? t + 1 : length;
    let sum = 0;
    for (let s = 0; s < visible; s++) sum += at(v, s * valueWidth + j);
    return sum / visible;
  });
}

function at(array: Float64Array, index: number): number {
  return array[index] ?? Number.NaN;
}
