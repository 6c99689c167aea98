import type { Dim, Shape } from './dim.js';
import type { Dtype, TensorData, Values } from './dtype.js';

/** The words of a graph: tensors, the nodes that make them, and what an operator must declare to be one. */
export interface Tensor {
  readonly graph: GraphBuilder;
  /** Unique in its graph. */
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: Shape;
  readonly origin: Origin;
  /** Of an int64 vector that describes a shape: its elements, known while authoring. */
  readonly elements?: readonly Dim[];
}

export type Origin =
  | { readonly kind: 'input' }
  /** Learned: an initialiser of the network, an input and an output of its training step. */
  | { readonly kind: 'parameter'; readonly data: TensorData }
  | { readonly kind: 'constant'; readonly data: TensorData }
  | { readonly kind: 'node'; readonly node: Node };

export interface Node {
  readonly operator: Operator;
  readonly inputs: readonly (Tensor | undefined)[];
  readonly attributes: Attributes;
  readonly outputs: readonly Tensor[];
}

export type Attributes = Readonly<Record<string, number | string | readonly number[]>>;
export type AttributeKind = 'int' | 'float' | 'string' | 'ints' | 'floats';

export interface OutputType {
  readonly dtype: Dtype;
  readonly shape: Shape;
  readonly elements?: readonly Dim[] | undefined;
}

/** What shape inference sees of a node. */
export interface Call {
  readonly operator: Operator;
  readonly inputs: readonly (Tensor | undefined)[];
  readonly attributes: Attributes;
  readonly opset: number;
}

export interface Operator {
  readonly type: string;
  readonly domain: '' | 'com.microsoft';
  /** The first opset of its domain in which this declaration holds. */
  readonly since: number;
  /** Fewest and most inputs. */
  readonly arity: readonly [number, number];
  readonly attributes: Readonly<Record<string, AttributeKind>>;
  /** Element types and shapes of the outputs; throws EARSIGHT_GRAPH_SHAPE where the inputs do not fit. */
  infer(call: Call): readonly OutputType[];
}

/** The part of a graph that operator functions write through. */
export interface GraphBuilder {
  readonly opset: number;
  /** Tiles that a long product should be cut into, at least, to keep its device busy. */
  readonly busyTiles: number;
  apply(operator: Operator, inputs: readonly (Tensor | undefined)[], attributes?: Attributes): readonly Tensor[];
  constant(dtype: Dtype, shape: readonly number[], values: Values): Tensor;
  /** A tensor that has the named dimension, and its axis. */
  dimensionSource(name: string): { readonly tensor: Tensor; readonly axis: number } | undefined;
}
