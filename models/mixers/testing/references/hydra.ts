import type { ReferenceLayer } from '../reference-layer.js';
import { reversedRows, product, siluOf, timesMatrix } from './row-arithmetic.js';

/** A causal member's reference run both ways (methods.md F). */
export function hydraLayerReference(member: ReferenceLayer): ReferenceLayer {
  return (x, context) => {
    const { width, length, weights } = context;
    const causal = { ...context, direction: 'causal' } as const;
    const through = (name: string): Float64Array => timesMatrix(x, weights(`${name}/weight`), width);
    const present = product(through('present'), siluOf(through('present-gate')));
    const run = (reversed: boolean): Float64Array => member(reversed ? reversedRows(x, width) : x, causal);
    return hydraReference(run, present, length, width);
  };
}

/** A causal mixer on whole sequences: [length, valueWidth] out. */
export type CausalForm = (reversed: boolean) => Float64Array;

/**
 * Hydra (methods.md F): any causal mixer made bidirectional without counting the present step twice: the causal outputs
 * moved one step later, plus the anti-causal outputs moved one step earlier, plus a term of the present step alone.
 * @param causal runs the mixer on the sequence as it is, or on the reversed sequence (its output reversed too).
 * @param present [length, valueWidth], the data-dependent diagonal.
 */
export function hydraReference(
  causal: CausalForm,
  present: Float64Array,
  length: number,
  valueWidth: number,
): Float64Array {
  const forward = causal(false);
  const backward = causal(true);
  return present.map((value, index) => {
    const t = Math.floor(index / valueWidth);
    const j = index % valueWidth;
    const past = t > 0 ? (forward[(t - 1) * valueWidth + j] ?? Number.NaN) : 0;
    // Step t + 1 of the sequence is step length - 2 - t of its reverse.
    const future = t < length - 1 ? (backward[(length - 2 - t) * valueWidth + j] ?? Number.NaN) : 0;
    return value + past + future;
  });
}
