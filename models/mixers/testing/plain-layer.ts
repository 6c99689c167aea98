import type { MixerLayer } from '../layer.js';
import type { ReferenceLayer, ReferenceContext } from './reference-layer.js';
import { HEADS, LAYERS, WIDTH, writeLayer, type LayerWriting } from './layer-session.js';

/** What `reference` makes of the parameters that the layer would be written with. */
export function plainLayer(
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
