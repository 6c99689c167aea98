import type { Dim, Dtype, Graph, Shape, Tensor } from '../graph/index.js';
import type { MixerDeclaration } from './declaration.js';
import type { Initial, ParameterSource } from './parameters.js';
import type { SequenceForm } from './recurrence/form-table.js';

/** Position of a layer in its network, and how the layer is written into the graph. */
export interface LayerContext {
  readonly graph: Graph;
  readonly dtype: Dtype;
  readonly parameters: ParameterSource;
  /** Index of the layer, counted from 0. */
  readonly layer: number;
  readonly layers: number;
  /** Width D of the residual stream. */
  readonly width: number;
  readonly heads: number;
  readonly direction: 'causal' | 'bidirectional';
  readonly form: SequenceForm;
  /**
   * [B, T, 1], one for real steps and zero for padding. Bidirectional layers read it; causal layers need no mask, because
   * padding stands at the end.
   */
  readonly mask?: Tensor;
  /** Sizes of the axes that the sequence was flattened from, slowest first. Without it there is one axis, time. */
  readonly axes?: readonly number[];
  /** Tensors that the layers of one network share; the first layer that needs one creates it. */
  readonly shared: Map<string, Tensor>;
}

/** State that a causal layer passes from one part of a sequence to the next (the message of LASP, methods.md B.11). */
export type Carried = Readonly<Record<string, Tensor>>;

/** Type of a carried tensor, for declaring it as an input. */
export interface CarriedType {
  readonly dtype: Dtype;
  readonly shape: Shape;
}

export interface Mixed {
  /** [B, T, D] */
  readonly output: Tensor;
  /** The state after the last step; empty for a layer that cannot be streamed. */
  readonly carried: Carried;
}

/** A member of the family as a trainable layer; it receives the normalised stream of a residual block. */
export interface MixerLayer {
  readonly declaration: MixerDeclaration;
  /** The channel mixer that follows it in a block, as its paper has it. */
  readonly channelMixer: 'sglu' | 'glu';
  /**
   * Mixes the steps of x [B, T, D].
   * @param carried the state after the previous part of the sequence; absent at the start
   */
  mix(x: Tensor, context: LayerContext, carried?: Carried): Mixed;
  /** Types of the carried tensors, which are all zeros at the start. Absent when the layer cannot be streamed. */
  readonly carriedTypes?: (context: LayerContext, batch: Dim) => Readonly<Record<string, CarriedType>>;
}

/** The same context with float32 parameters, for values that float16 cannot distinguish. */
export function withFloat32Parameters(context: LayerContext): LayerContext {
  return { ...context, dtype: 'float32' };
}

/** Returns a learned tensor of the layer. A second call with the same name returns the same tensor, which shares weights. */
export function parameter(context: LayerContext, name: string, shape: readonly number[], initial: Initial): Tensor {
  const { graph, dtype, parameters, shared } = context;
  const qualified = graph.qualified(name);
  const known = shared.get(qualified);
  if (known !== undefined) return known;
  const made = graph.parameter(name, dtype, shape, parameters(qualified, shape, initial));
  shared.set(qualified, made);
  return made;
}
