import type { ReferenceLayer, ReferenceContext } from '../reference-layer.js';
import { axisPositionsReference } from './axis-positions.js';
import { cosineReference } from './lrpe.js';
import {
  at,
  columns,
  normalised,
  perHead,
  product,
  siluOf,
  timesMatrix,
  type Rows,
  type HeadShape,
} from './row-arithmetic.js';

/** A running average for each key channel, or one over all steps with MD-LRPE; MD-TPE in the first layer (methods.md B.4). */
export const lightNetLayerReference: ReferenceLayer = (x, context) => {
  const { width, length, layer, direction, weights } = context;
  const axes = context.axes ?? [length];
  const features = layer === 0 ? axisPositionsReference(x, context, axes) : x;
  const through = (name: string): Rows => timesMatrix(features, weights(`${name}/weight`), width);
  const inputs = { q: siluOf(through('query')), logits: through('key'), v: through('value') };
  const mixed = direction === 'causal' ? running(inputs, context) : whole(inputs, context, axes);
  const low = through('gate-in');
  const gate = siluOf(timesMatrix(low, weights('gate-out/weight'), low.length / length));
  return timesMatrix(product(normalised(mixed, width, weights('norm/scale')), gate), weights('out/weight'), width);
};

interface Inputs {
  readonly q: Rows;
  readonly logits: Rows;
  readonly v: Rows;
}

function running({ q, logits, v }: Inputs, { width, heads, length, by }: ReferenceContext): Rows {
  const d = width / heads;
  const shape = { length, keyWidth: d, valueWidth: d };
  return perHead(heads, length, (head) => {
    const own = (rows: Rows): Rows => columns(rows, width, head * d, (head + 1) * d);
    const inputs = { q: own(q), k: new Float64Array(length * d).fill(1), v: own(v), logits: own(logits) };
    if (by === 'definition') return lightNetReference(inputs, shape, true);
    const state = createLightNetState(d, d);
    const out = new Float64Array(length * d);
    for (let t = 0; t < length; t++) {
      const row = (rows: Rows): Rows => rows.subarray(t * d, (t + 1) * d);
      const step = { q: row(inputs.q), k: row(inputs.k), v: row(inputs.v), logits: row(inputs.logits) };
      out.set(stepLightNet(state, step), t * d);
    }
    return out;
  });
}

/** `o_t = Σ_s (widened q_t · widened a_s) v_s` where a is the softmax of the logits over all steps, per channel. */
function whole({ q, logits, v }: Inputs, context: ReferenceContext, axes: readonly number[]): Rows {
  const { width, heads, length } = context;
  const d = width / heads;
  const wide = (rows: Rows): Rows => cosineReference(rows, context, axes);
  const [queries, keys] = [wide(q), wide(softmaxOverSteps(logits, width))];
  return perHead(heads, length, (head) => {
    const own = (rows: Rows, size: number): Rows => columns(rows, heads * size, head * size, (head + 1) * size);
    const [hq, hk, hv] = [own(queries, 2 * d), own(keys, 2 * d), own(v, d)];
    const state = new Float64Array(2 * d * d);
    for (let s = 0; s < length; s++)
      for (let c = 0; c < 2 * d; c++)
        for (let j = 0; j < d; j++) state[c * d + j] = at(state, c * d + j) + at(hk, s * 2 * d + c) * at(hv, s * d + j);
    return timesMatrix(hq, state, 2 * d);
  });
}

function softmaxOverSteps(logits: Rows, width: number): Rows {
  const [peak, total] = [new Float64Array(width).fill(-Infinity), new Float64Array(width)];
  logits.forEach((value, i) => (peak[i % width] = Math.max(at(peak, i % width), value)));
  const weights = logits.map((value, i) => Math.exp(value - at(peak, i % width)));
  weights.forEach((value, i) => (total[i % width] = at(total, i % width) + value));
  return weights.map((value, i) => value / at(total, i % width));
}

export interface LightNetInputs {
  readonly q: Float64Array;
  readonly k: Float64Array;
  readonly v: Float64Array;
  /** Logits of the additive gate, [length, keyWidth]. */
  readonly logits: Float64Array;
}

/**
 * LightNet (methods.md B.4): for each key channel, a softmax-weighted average of `k v^T` over the visible steps, which are those
 * up to t when causal and all steps otherwise. Two passes over the visible steps, as the formula is written, without a state.
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

/** Running maximum, denominator and numerator of each key channel (methods.md B.4, the safe streaming form). */
export interface LightNetState {
  readonly keyWidth: number;
  readonly valueWidth: number;
  readonly peak: Float64Array;
  readonly denominator: Float64Array;
  readonly numerator: Float64Array;
}

export interface LightNetStep {
  readonly q: Float64Array;
  readonly k: Float64Array;
  readonly v: Float64Array;
  /** -Infinity excludes the step; padding is masked this way. */
  readonly logits: Float64Array;
}

export function createLightNetState(keyWidth: number, valueWidth: number): LightNetState {
  return {
    keyWidth,
    valueWidth,
    peak: new Float64Array(keyWidth).fill(-Infinity),
    denominator: new Float64Array(keyWidth),
    numerator: new Float64Array(keyWidth * valueWidth),
  };
}

export function stepLightNet(state: LightNetState, step: LightNetStep): Float64Array {
  const { keyWidth, valueWidth, peak, denominator, numerator } = state;
  const out = new Float64Array(valueWidth);
  for (let c = 0; c < keyWidth; c++) {
    const before = peak[c] ?? Number.NaN;
    const logit = step.logits[c] ?? Number.NaN;
    const after = Math.max(before, logit);
    // Before the first unmasked step both are -Infinity, and both factors must be 0 instead of exp(NaN).
    const keep = before === -Infinity ? 0 : Math.exp(before - after);
    const weight = logit === -Infinity ? 0 : Math.exp(logit - after);
    peak[c] = after;
    const total = keep * (denominator[c] ?? Number.NaN) + weight;
    denominator[c] = total;
    for (let j = 0; j < valueWidth; j++) {
      const index = c * valueWidth + j;
      const cell =
        keep * (numerator[index] ?? Number.NaN) + weight * (step.k[c] ?? Number.NaN) * (step.v[j] ?? Number.NaN);
      numerator[index] = cell;
      if (total > 0) out[j] = (out[j] ?? Number.NaN) + ((step.q[c] ?? Number.NaN) * cell) / total;
    }
  }
  return out;
}
