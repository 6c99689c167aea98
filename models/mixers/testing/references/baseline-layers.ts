import { columns, perHead, timesMatrix, type Rows } from './row-arithmetic.js';
import { turnReference } from './lrpe.js';
import type { ReferenceLayer } from '../reference-layer.js';
import { averagePoolingReference, softmaxAttentionReference } from './baselines.js';
import { createSeenSteps, createSum, stepAttention, stepAverage } from './baseline-steps.js';

export const softmaxAttentionLayerReference: ReferenceLayer = (x, place) => {
  const { width, heads, length, direction, weights } = place;
  const d = width / heads;
  const through = (name: string): Rows => timesMatrix(x, weights(`${name}/weight`), width);
  const [q, k, v] = [turnReference(through('query'), place), turnReference(through('key'), place), through('value')];
  const mixed = perHead(heads, length, (head) => {
    const own = (rows: Rows): Rows => columns(rows, width, head * d, (head + 1) * d);
    const inputs = { q: own(q), k: own(k), v: own(v) };
    const shape = { length, keyWidth: d, valueWidth: d };
    if (place.by === 'definition' || direction === 'bidirectional')
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

export const averagePoolingLayerReference: ReferenceLayer = (x, place) => {
  const { width, length, direction, weights } = place;
  const v = timesMatrix(x, weights('value/weight'), width);
  const shape = { length, keyWidth: width, valueWidth: width };
  const out = (mean: Rows): Rows => timesMatrix(mean, weights('out/weight'), width);
  if (place.by === 'definition' || direction === 'bidirectional')
    return out(averagePoolingReference(v, shape, direction === 'causal'));
  const state = createSum(width);
  const means = new Float64Array(v.length);
  for (let t = 0; t < length; t++) means.set(stepAverage(state, v.subarray(t * width, (t + 1) * width)), t * width);
  return out(means);
};
