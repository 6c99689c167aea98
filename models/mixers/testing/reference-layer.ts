import type { LayerContext, MixerLayer } from '../layer.js';
import { HEADS, LAYERS, WIDTH, writeLayer, type LayerWriting } from './layer-session.js';
import type { Rows } from './references/row-arithmetic.js';

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
export type ReferenceLayer = (x: Rows, context: ReferenceContext) => Rows;

/** What `reference` makes of the parameters that the layer would be written with. */
export function runReference(
  mixer: MixerLayer,
  reference: ReferenceLayer | undefined,
  writing: LayerWriting,
  x: Float32Array,
  by: ReferenceContext['by'],
): Float64Array {
  const { values } = writeLayer(mixer, writing);
  if (reference === undefined) throw new TypeError(`no reference of ${mixer.declaration.name}`);
  const { length, direction, layer, axes } = writing;
  return reference(Float64Array.from(x), {
    ...{ length, direction, layer, by, layers: LAYERS, width: WIDTH, heads: HEADS },
    ...(axes === undefined ? {} : { axes }),
    weights: (name) => {
      const found = values.get(name);
      if (found === undefined) throw new TypeError(`no parameter ${name}`);
      return found;
    },
  });
}
