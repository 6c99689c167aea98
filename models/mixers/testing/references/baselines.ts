import type { ReferenceLayer } from '../reference-layer.js';
import { rotaryReference } from './lrpe.js';
import { at, columns, perHead, timesMatrix, type Rows, type HeadInputs, type HeadShape } from './row-arithmetic.js';

export const softmaxAttentionLayerReference: ReferenceLayer = (x, context) => {
  const { width, heads, length, direction, weights } = context;
  const d = width / heads;
  const through = (name: string): Rows => timesMatrix(x, weights(`${name}/weight`), width);
  const [q, k, v] = [
    rotaryReference(through('query'), context),
    rotaryReference(through('key'), context),
    through('value'),
  ];
  const mixed = perHead(heads, length, (head) => {
    const own = (rows: Rows): Rows => columns(rows, width, head * d, (head + 1) * d);
    const inputs = { q: own(q), k: own(k), v: own(v) };
    const shape = { length, keyWidth: d, valueWidth: d };
    if (context.by === 'definition' || direction === 'bidirectional')
      return softmaxAttentionReference(inputs, shape, direction === 'causal');
    const state = createSeenSteps(d, d);
    const out = new Float64Array(length * d);
    for (let t = 0; t < length; t++) {
      const row = (rows: Rows): Rows => rows.subarray(t * d, (t + 1) * d);
      out.set(stepAttention(state, { q: row(inputs.q), k: row(inputs.k), v: row(inputs.v) }), t * d);
    }
    return out;
  });
  return timesMatrix(mixed, weights('out/weight'), width);
};

export const averagePoolingLayerReference: ReferenceLayer = (x, context) => {
  const { width, length, direction, weights } = context;
  const v = timesMatrix(x, weights('value/weight'), width);
  const shape = { length, keyWidth: width, valueWidth: width };
  const out = (mean: Rows): Rows => timesMatrix(mean, weights('out/weight'), width);
  if (context.by === 'definition' || direction === 'bidirectional')
    return out(averagePoolingReference(v, shape, direction === 'causal'));
  const state = createSum(width);
  const means = new Float64Array(v.length);
  for (let t = 0; t < length; t++) means.set(stepAverage(state, v.subarray(t * width, (t + 1) * width)), t * width);
  return out(means);
};

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

/** The simplest token mixer (PoolFormer): the mean of all steps seen so far, or of all steps. */
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

/** All keys and values so far, row by row; this memory grows with the sequence. */
export interface SeenSteps {
  readonly keyWidth: number;
  readonly valueWidth: number;
  readonly keys: number[];
  readonly values: number[];
}

export function createSeenSteps(keyWidth: number, valueWidth: number): SeenSteps {
  return { keyWidth, valueWidth, keys: [], values: [] };
}

/** Softmax attention of one more step with itself and all steps before it, in one pass with a running maximum. */
export function stepAttention(
  state: SeenSteps,
  step: { readonly q: Float64Array; readonly k: Float64Array; readonly v: Float64Array },
): Float64Array {
  const { keyWidth, valueWidth, keys, values } = state;
  keys.push(...step.k);
  values.push(...step.v);
  const out = new Float64Array(valueWidth);
  let [peak, total] = [-Infinity, 0];
  for (let s = 0; s < keys.length / keyWidth; s++) {
    let score = 0;
    for (let c = 0; c < keyWidth; c++) score += (step.q[c] ?? Number.NaN) * (keys[s * keyWidth + c] ?? Number.NaN);
    score /= Math.sqrt(keyWidth);
    const highest = Math.max(peak, score);
    const [kept, weight] = [Math.exp(peak - highest), Math.exp(score - highest)];
    peak = highest;
    total = total * kept + weight;
    for (let j = 0; j < valueWidth; j++)
      out[j] = (out[j] ?? Number.NaN) * kept + weight * (values[s * valueWidth + j] ?? Number.NaN);
  }
  return out.map((value) => value / total);
}

export interface RunningSum {
  steps: number;
  readonly sum: Float64Array;
}

export function createSum(width: number): RunningSum {
  return { steps: 0, sum: new Float64Array(width) };
}

/** The mean of this step and all steps before it. */
export function stepAverage(state: RunningSum, v: Float64Array): Float64Array {
  state.steps++;
  v.forEach((value, i) => (state.sum[i] = (state.sum[i] ?? Number.NaN) + value));
  return state.sum.map((value) => value / state.steps);
}
