import type { Graph, Tensor } from '../graph/index.js';
import type { Random } from './random.js';

/** What a network's builder returns; all tensors belong to the graph that it was given. */
export interface BuiltNetwork {
  /** A scalar, averaged over the batch. */
  readonly loss: Tensor;
  /** Outputs of the trained model by name; they must not depend on inputs that only the loss needs. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Scalars that are reported beside the loss, averaged over the validation batches. */
  readonly metrics?: Readonly<Record<string, Tensor>>;
}

export interface TrainableNetwork {
  /** Name of the model, its card and its checkpoint, without extension. */
  readonly name: string;
  /**
   * Writes inputs, network and loss. It is called more than once and must write the same graph every time.
   * @param random for the initial values of the parameters
   */
  build(g: Graph, random: Random): BuiltNetwork;
}
