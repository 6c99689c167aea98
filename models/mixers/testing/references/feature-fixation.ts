import { FIXATION_EPSILON } from '../../feature-fixation/layer.js';
import type { ReferenceLayer } from '../reference-layer.js';
import { axisPositionsReference } from './axis-positions.js';
import {
  at,
  columns,
  normalised,
  perHead,
  timesMatrix,
  type Rows,
  type HeadInputs,
  type HeadShape,
} from './row-arithmetic.js';

/** Steps 1 to 4 of methods.md B.10 on one axis, with MD-TPE in the first layer. */
export const featureFixationLayerReference: ReferenceLayer = (x, context) => {
  const { width, heads, length, layer, weights } = context;
  const d = width / heads;
  const features = layer === 0 ? axisPositionsReference(x, context, context.axes ?? [length]) : x;
  const through = (name: string): Rows => timesMatrix(features, weights(`${name}/weight`), width);
  const [q, k, v] = [through('query'), through('key'), through('value')];
  const mixed = perHead(heads, length, (head) => {
    const own = (rows: Rows): Rows => columns(rows, width, head * d, (head + 1) * d);
    return featureFixationReference(
      { q: own(q), k: shiftNeighbours(own(k), length, d), v: shiftNeighbours(own(v), length, d) },
      { length, keyWidth: d, valueWidth: d },
      { query: weights('fix-query'), key: weights('fix-key') },
    );
  });
  return timesMatrix(normalised(mixed, width), weights('out/weight'), width);
};

/** Weights of the two fixation gates, [3 d_h, d_h] each, shared by all heads (methods.md B.10). */
export interface FixationWeights {
  readonly query: Float64Array;
  readonly key: Float64Array;
}

/**
 * Non-causal linear attention over fixed features: `o_t = q''_t Σ k''_s v_s^T / (q''_t · Σ k''_s + ε)` with
 * `q' = relu(q) + d^{-1/2}`, `q'' = sigmoid(W_q [q'; k'; v]) ∘ q'` and the same for k. Needs keyWidth = valueWidth.
 * Without weights it is relu-normalised linear attention.
 */
export function featureFixationReference(
  inputs: HeadInputs,
  shape: HeadShape,
  weights: FixationWeights | null,
): Float64Array {
  const { length, keyWidth: d, valueWidth: e } = shape;
  const shift = weights ? d ** -0.5 : 0;
  const q = inputs.q.map((x) => Math.max(x, 0) + shift);
  const k = inputs.k.map((x) => Math.max(x, 0) + shift);
  const fixedQ = weights ? fixate(q, q, k, inputs.v, weights.query, length, d) : q;
  const fixedK = weights ? fixate(k, q, k, inputs.v, weights.key, length, d) : k;
  const out = new Float64Array(length * e);
  for (let t = 0; t < length; t++) {
    let norm = FIXATION_EPSILON;
    for (let s = 0; s < length; s++) {
      let weight = 0;
      for (let c = 0; c < d; c++) weight += at(fixedQ, t * d + c) * at(fixedK, s * d + c);
      norm += weight;
      for (let j = 0; j < e; j++) out[t * e + j] = at(out, t * e + j) + weight * at(inputs.v, s * e + j);
    }
    for (let j = 0; j < e; j++) out[t * e + j] = at(out, t * e + j) / norm;
  }
  return out;
}

/**
 * Neighbourhood association on a sequence: the first quarter of the channels comes from the next step, the second from
 * the previous one, the rest stays; zeros at the ends. Applied to k and v. (For video, B.10 step 4 takes eighths of the channels
 * of all heads; here, along one axis, it is a quarter of each head.)
 */
export function shiftNeighbours(rows: Float64Array, length: number, width: number): Float64Array {
  const share = Math.floor(width / 4);
  return rows.map((value, index) => {
    const t = Math.floor(index / width);
    const c = index % width;
    if (c >= 2 * share) return value;
    const from = c < share ? t + 1 : t - 1;
    return from < 0 || from >= length ? 0 : at(rows, from * width + c);
  });
}

function fixate(
  x: Float64Array,
  q: Float64Array,
  k: Float64Array,
  v: Float64Array,
  weight: Float64Array,
  length: number,
  d: number,
): Float64Array {
  return x.map((value, index) => {
    const t = Math.floor(index / d);
    const c = index % d;
    let gate = 0;
    for (let i = 0; i < d; i++) {
      gate += at(q, t * d + i) * at(weight, i * d + c);
      gate += at(k, t * d + i) * at(weight, (d + i) * d + c);
      gate += at(v, t * d + i) * at(weight, (2 * d + i) * d + c);
    }
    return value / (1 + Math.exp(-gate));
  });
}
