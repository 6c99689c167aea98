import type { Graph } from '../../graph/index.js';
import type { MixerLayer } from '../../mixers/layer.js';
import type { TrainingData } from '../data.js';
import type { BuiltNetwork } from '../network.js';

/** Names the validation batches that results are reported on; what is chosen is chosen on others. */
export const REPORTED_VALIDATION = 977;

/** A made-up problem that a mixer must solve by carrying something over time. */
export interface SequenceTask {
  readonly name: string;
  readonly direction: 'causal' | 'bidirectional';
  /** The metric to report, in [0, 1]; what guessing reaches. */
  readonly metric: string;
  readonly chance: number;
  readonly data: TrainingData;
  /** Inputs, a small network of one mixer, and its loss. */
  build(graph: Graph, mixer: MixerLayer, size: NetworkSize): BuiltNetwork;
}

export interface NetworkSize {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Of the parameters' first values. */
  readonly seed: number;
}
