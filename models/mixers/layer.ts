import type { Dim, Dtype, Graph, Shape, Tensor } from '../graph/index.js';
import type { MixerDeclaration } from './declaration.js';
import type { Initial, ParameterSource } from './parameters.js';
import type { SequenceForm } from './recurrence/form-table.js';

/** Where in a network a layer stands, and how it is to be written. */
export interface LayerContext {
  readonly graph: Graph;
  readonly dtype: Dtype;
  readonly parameters: ParameterSource;
  /** Counted from 0. */
  readonly layer: number;
  readonly layers: number;
  /** Width D of the residual stream. */
  readonly width: number;
  readonly heads: number;
  readonly direction: 'causal' | 'bidirectional';
  readonly form: SequenceForm;
  /** [B, T, 1] of ones and zeros: steps that count. Read by bidirectional layers; padding at the end hides from causal ones. */
  readonly mask?: Tensor;
  /** Sizes of the axes that the steps were flattened from, slowest first; one axis, time, otherwise. */
  readonly axes?: readonly number[];
  /** Tensors that the layers of one network share, made by the first that needs them. */
  readonly shared: Map<string, Tensor>;
}

/** What a causal layer hands from one stretch of a sequence to the next (LASP's message, methods.md B.11). */
export type Carried = Readonly<Record<string, Tensor>>;

/** A carried tensor before it exists. */
export interface CarriedType {
  readonly dtype: Dtype;
  readonly shape: Shape;
}

export interface Mixed {
  /** [B, T, D] */
  readonly output: Tensor;
  /** After the last step; empty for what cannot be streamed. */
  readonly carried: Carried;
}

/** A member of the family as a trainable layer: what it does to the normalised stream of a residual block. */
export interface MixerLayer {
  readonly declaration: MixerDeclaration;
  /** What follows it in a block: its paper's channel mixer. */
  readonly channelMixer: 'sglu' | 'glu';
  /** x [B, T, D]. `carried` as an earlier stretch left it; absent at the start of a sequence. */
  mix(x: Tensor, context: LayerContext, carried?: Carried): Mixed;
  /** What is carried; all zeros at the start. Absent where a layer cannot be streamed. */
  readonly carriedTypes?: (context: LayerContext, batch: Dim) => Readonly<Record<string, CarriedType>>;
}

/** The place with float32 parameters, for what float16 cannot tell apart. */
export function withFloat32Parameters(context: LayerContext): LayerContext {
  return { ...context, dtype: 'float32' };
}

/** A learned tensor of the layer; asked for again under its name, the same one: that is how weights are shared. */
export function parameter(context: LayerContext, name: string, shape: readonly number[], initial: Initial): Tensor {
  const { graph, dtype, parameters, shared } = context;
  const qualified = graph.qualified(name);
  const known = shared.get(qualified);
  if (known !== undefined) return known;
  const made = graph.parameter(name, dtype, shape, parameters(qualified, shape, initial));
  shared.set(qualified, made);
  return made;
}
