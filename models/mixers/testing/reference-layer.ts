import type { LayerContext, MixerLayer } from '../layer.js';
import { HEADS, LAYERS, WIDTH, writeLayer, type LayerWriting } from './layer-session.js';
import type { Rows } from './references/row-arithmetic.js';

/** Position of a reference layer in its network, and its inputs. */
export interface ReferenceContext extends Pick<
  LayerContext,
  'layer' | 'layers' | 'width' | 'heads' | 'direction' | 'axes'
> {
  readonly length: number;
  /** Returns the values of a parameter of the layer by name, for example `query/weight`. */
  readonly weights: (name: string) => Rows;
  /**
   * How the memory is computed: `definition` as the formula is written, every step as a sum over the steps that it may see;
   * `steps` one step after another with a state.
   */
  readonly by: 'definition' | 'steps';
}

/**
 * A member as plain float64 loops over one sequence, [T, D] to [T, D], in its reference form and its step form. Both forms
 * share the projections; the memory is what they must agree on.
 */
export type ReferenceLayer = (x: Rows, context: ReferenceContext) => Rows;

/** Runs `reference` with the parameters that the layer would be written with. */
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
