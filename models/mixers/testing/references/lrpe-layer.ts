import { columns, perHead, type Rows } from './row-arithmetic.js';
import { attendReference } from './linear-attention.js';
import type { ReferenceLayer } from '../reference-layer.js';
import type { Encoding } from '../../lrpe/encode.js';
import { applyBasis, applyPhase } from './unitary.js';

/** Linear attention whose queries and keys are `Λ(t) P` of what they were, row by row. */
export function lrpeReference({ phase, basis }: Encoding): ReferenceLayer {
  return (x, place) => {
    const { heads, length, width, weights } = place;
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
    return attendReference(x, place, encode);
  };
}
