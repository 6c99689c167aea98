import { normalised, product, siluOf, timesMatrix } from './row-arithmetic.js';
import { rotaryReference } from './lrpe.js';
import { layerRecurrenceReference } from './recurrence.js';
import type { ReferenceLayer } from '../reference-layer.js';
import { tnlLogDecays } from '../../tnl/layer.js';

/** `(norm(attention(silu q, silu k, v)) ∘ u) W_o`, rotary in the first layer (methods.md B.3). */
export const tnlReference: ReferenceLayer = (x, context) => {
  const { width, heads, layer, layers, weights } = context;
  const through = (name: string): Float64Array => timesMatrix(x, weights(`${name}/weight`), width);
  const placed = (rows: Float64Array): Float64Array => (layer === 0 ? rotaryReference(rows, context) : rows);
  const logDecay = Float64Array.from(tnlLogDecays(layer, layers, heads));
  const [q, k] = [placed(siluOf(through('query'))), placed(siluOf(through('key')))];
  const memory = layerRecurrenceReference({ q, k, v: through('value'), logDecay }, context);
  return timesMatrix(product(normalised(memory, width), through('gate')), weights('out/weight'), width);
};
