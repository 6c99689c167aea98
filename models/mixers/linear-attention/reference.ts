import { normalised, product, siluOf, timesMatrix } from '../blocks/reference.js';
import { turnReference } from '../lrpe/reference.js';
import { rememberReference } from '../recurrence/reference-memory.js';
import type { ReferenceLayer } from '../reference-layer.js';

/** As TNL without its decay; rotary in every layer (methods.md B.1). */
export const linearAttentionReference: ReferenceLayer = (x, place) => {
  const { width, heads, weights } = place;
  const through = (name: string): Float64Array => timesMatrix(x, weights(`${name}/weight`), width);
  const [q, k] = [turnReference(siluOf(through('query')), place), turnReference(siluOf(through('key')), place)];
  const memory = rememberReference({ q, k, v: through('value'), logDecay: new Float64Array(heads) }, place);
  return timesMatrix(product(normalised(memory, width), through('gate')), weights('out/weight'), width);
};
