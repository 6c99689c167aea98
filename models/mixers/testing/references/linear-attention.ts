import type { Encoding } from '../../lrpe/layer.js';
import type { ReferenceLayer, ReferenceContext } from '../reference-layer.js';
import { layerRecurrenceReference } from './recurrence.js';
import { rotaryReference, applyBasis, applyPhase } from './lrpe.js';
import { columns, normalised, perHead, product, siluOf, timesMatrix, type Rows } from './row-arithmetic.js';

/** TNL without its decay, with rotary encoding in every layer (methods.md B.1). */
export const linearAttentionReference: ReferenceLayer = (x, context) =>
  gatedLinearAttentionReference(x, context, (rows) => rotaryReference(rows, context));

/** @param encode applies the position encoding to queries and keys */
export function gatedLinearAttentionReference(x: Rows, context: ReferenceContext, encode: (rows: Rows) => Rows): Rows {
  const { width, heads, weights } = context;
  const through = (name: string): Rows => timesMatrix(x, weights(`${name}/weight`), width);
  const [q, k] = [encode(siluOf(through('query'))), encode(siluOf(through('key')))];
  const memory = layerRecurrenceReference({ q, k, v: through('value'), logDecay: new Float64Array(heads) }, context);
  return timesMatrix(product(normalised(memory, width), through('gate')), weights('out/weight'), width);
}

/** Linear attention with `Λ(t) P` applied to every row of queries and keys. */
export function lrpeReference({ phase, basis }: Encoding): ReferenceLayer {
  return (x, context) => {
    const { heads, length, width, weights } = context;
    const d = width / heads;
    const theta = phase === 'permutation' ? new Float64Array() : weights('theta');
    const normals = basis === 'householder' ? weights('normal') : new Float64Array();
    const encode = (rows: Rows): Rows =>
      perHead(heads, length, (head) => {
        const own = columns(rows, width, head * d, (head + 1) * d);
        const share = (of: Rows): Rows => of.subarray((head * of.length) / heads, ((head + 1) * of.length) / heads);
        const out: number[] = [];
        for (let t = 0; t < length; t++) {
          const based = applyBasis(own.subarray(t * d, (t + 1) * d), basis, share(normals));
          out.push(...applyPhase(based, t, phase, share(theta)));
        }
        return Float64Array.from(out);
      });
    return gatedLinearAttentionReference(x, context, encode);
  };
}
