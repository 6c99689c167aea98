import type { Graph, Tensor } from '../../graph/index.js';
import { linear } from '../../mixers/blocks/linear.js';
import type { MixerLayer, LayerContext } from '../../mixers/layer.js';
import { seededParameters } from '../../mixers/parameters.js';
import { trunk } from '../../parser/trunk.js';
import type { NetworkSize, SequenceTask } from './task.js';

/** x [B, T, w] through an embedding and residual blocks; `head` projects the steps it is given. */
export function sequenceNetwork(
  graph: Graph,
  mixer: MixerLayer,
  size: NetworkSize,
  direction: SequenceTask['direction'],
  x: Tensor,
  mask?: Tensor,
): { readonly steps: Tensor; head(steps: Tensor, width: number): Tensor } {
  const { seed, ...dimensions } = size;
  const place: LayerContext = {
    ...{ graph, dtype: 'float32', direction, layer: 0, form: { kind: 'chunked' }, shared: new Map() },
    ...dimensions,
    parameters: seededParameters(seed),
    ...(mask === undefined ? {} : { mask }),
  };
  const { steps } = trunk(linear(x, place, 'embed', size.width), mixer, place);
  return { steps, head: (of, width) => linear(of, place, 'head', width, { bias: true }) };
}
