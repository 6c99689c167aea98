import { normalised, product, siluOf, timesMatrix, type Rows } from './row-arithmetic.js';
import { turnReference } from './lrpe.js';
import { rememberReference } from './layer-memory.js';
import type { ReferenceLayer, ReferenceContext } from '../reference-layer.js';

/** As TNL without its decay; rotary in every layer (methods.md B.1). */
export const linearAttentionReference: ReferenceLayer = (x, place) =>
  attendReference(x, place, (rows) => turnReference(rows, place));

/** `encode` puts queries and keys in their places. */
export function attendReference(x: Rows, place: ReferenceContext, encode: (rows: Rows) => Rows): Rows {
  const { width, heads, weights } = place;
  const through = (name: string): Rows => timesMatrix(x, weights(`${name}/weight`), width);
  const [q, k] = [encode(siluOf(through('query'))), encode(siluOf(through('key')))];
  const memory = rememberReference({ q, k, v: through('value'), logDecay: new Float64Array(heads) }, place);
  return timesMatrix(product(normalised(memory, width), through('gate')), weights('out/weight'), width);
}
