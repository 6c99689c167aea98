import { fromTheEnd, product, siluOf, timesMatrix } from './row-arithmetic.js';
import type { ReferenceLayer } from '../reference-layer.js';
import { hydraReference } from './hydra.js';

/** A causal member's reference run both ways (methods.md F). */
export function hydraLayerReference(member: ReferenceLayer): ReferenceLayer {
  return (x, place) => {
    const { width, length, weights } = place;
    const causal = { ...place, direction: 'causal' } as const;
    const through = (name: string): Float64Array => timesMatrix(x, weights(`${name}/weight`), width);
    const present = product(through('present'), siluOf(through('present-gate')));
    const run = (reversed: boolean): Float64Array => member(reversed ? fromTheEnd(x, width) : x, causal);
    return hydraReference(run, present, length, width);
  };
}
