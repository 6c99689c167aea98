import type { Graph, Tensor } from '../../graph/index.js';
import { linear } from '../../mixers/blocks/linear.js';
import type { LayerContext, MixerLayer } from '../../mixers/layer.js';
import { seededParameters } from '../../mixers/parameters.js';
import { trunk } from '../../parser/trunk.js';
import type { TrainingData } from '../data.js';
import type { BuiltNetwork } from '../network.js';

/** Seed of the validation batches on which results are reported. Choices are made on batches of other seeds. */
export const REPORTED_VALIDATION = 977;

/** A synthetic problem that a mixer can solve only by carrying information over time. */
export interface SequenceTask {
  readonly name: string;
  readonly direction: 'causal' | 'bidirectional';
  /** The metric to report, in [0, 1]. */
  readonly metric: string;
  /** The value of the metric that guessing reaches. */
  readonly chance: number;
  readonly data: TrainingData;
  /** Writes the inputs, a small network of one mixer, and its loss. */
  build(graph: Graph, mixer: MixerLayer, size: NetworkSize): BuiltNetwork;
}

export interface NetworkSize {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Seed of the initial values of the parameters. */
  readonly seed: number;
}

/** Passes x [B, T, w] through an embedding and residual blocks; `head` projects the steps that it is given. */
export function sequenceNetwork(
  graph: Graph,
  mixer: MixerLayer,
  size: NetworkSize,
  direction: SequenceTask['direction'],
  x: Tensor,
  mask?: Tensor,
): { readonly steps: Tensor; head(steps: Tensor, width: number): Tensor } {
  const { seed, ...dimensions } = size;
  const context: LayerContext = {
    ...{ graph, dtype: 'float32', direction, layer: 0, form: { kind: 'chunked' }, shared: new Map() },
    ...dimensions,
    parameters: seededParameters(seed),
    ...(mask === undefined ? {} : { mask }),
  };
  const { steps } = trunk(linear(x, context, 'embed', size.width), mixer, context);
  return { steps, head: (of, width) => linear(of, context, 'head', width, { bias: true }) };
}
