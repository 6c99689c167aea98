import type { Graph, Tensor } from '../graph/index.js';
import type { Random } from './random.js';

/** What a network's builder returns: all tensors of the graph it was given. */
export interface BuiltNetwork {
  /** One number, averaged over the batch. */
  readonly loss: Tensor;
  /** What the trained model answers, by name; needs no input that only the loss needs. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Numbers beside the loss, averaged over the validation batches. */
  readonly metrics?: Readonly<Record<string, Tensor>>;
}

export interface TrainableNetwork {
  /** File name of the model and its card. */
  readonly name: string;
  /**
   * Writes inputs, network and loss. Called more than once: it must write the same every time. `random` is for the
   * first values of the parameters.
   */
  build(g: Graph, random: Random): BuiltNetwork;
}
