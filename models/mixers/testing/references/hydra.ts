import type { ReferenceLayer } from '../reference-layer.js';
import { reversedRows, product, siluOf, timesMatrix } from './row-arithmetic.js';

/** The reference of a causal member run in both directions (methods.md F). */
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
 * Hydra (methods.md F): makes a causal mixer bidirectional without counting the present step twice. The result is the causal
 * output shifted one step later, plus the output on the reversed sequence shifted one step earlier, plus a term of the
 * present step.
 * @param causal runs the mixer on the sequence, or on the reversed sequence, whose output then is reversed as well
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
