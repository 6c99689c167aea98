import type { Rows } from './references/row-arithmetic.js';
import type { LayerContext } from '../layer.js';

/** Where a reference layer stands, and what it reads. */
export interface ReferenceContext extends Pick<
  LayerContext,
  'layer' | 'layers' | 'width' | 'heads' | 'direction' | 'axes'
> {
  readonly length: number;
  /** Values of the layer's own parameter of this name, `query/weight`. */
  readonly weights: (name: string) => Rows;
  /**
   * How the memory is worked out: as the formula is written, every step a sum over the steps it may see, or one step
   * after another with a state that is handed on.
   */
  readonly by: 'definition' | 'steps';
}

/**
 * A member as plain loops in float64 over one sequence, [T, D] to [T, D]: its reference form and its step form. They
 * share the projections; what they must agree on is the memory.
 */
export type ReferenceLayer = (x: Rows, place: ReferenceContext) => Rows;
