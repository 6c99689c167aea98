import type { Dim, Shape } from './dim.js';
import type { Dtype, TensorData, Values } from './dtype.js';

/** The intermediate representation of a graph: tensors, the nodes that compute them, and operator declarations. */
export interface Tensor {
  readonly graph: GraphBuilder;
  /** Unique within the graph. */
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: Shape;
  readonly origin: Origin;
  /** For an int64 vector that describes a shape: its elements, as far as they are known while the graph is built. */
  readonly elements?: readonly Dim[];
}

export type Origin =
  | { readonly kind: 'input' }
  /** A learned tensor: an initialiser of the network, and both an input and an output of its training step. */
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

/** The inputs of shape inference for one node. */
export interface Call {
  readonly operator: Operator;
  readonly inputs: readonly (Tensor | undefined)[];
  readonly attributes: Attributes;
  readonly opset: number;
}

export interface Operator {
  readonly type: string;
  readonly domain: '' | 'com.microsoft';
  /** The first opset of the operator's domain for which this declaration is valid. */
  readonly since: number;
  /** Minimum and maximum number of inputs. */
  readonly arity: readonly [number, number];
  readonly attributes: Readonly<Record<string, AttributeKind>>;
  /** Infers element types and shapes of the outputs. @throws EARSIGHT_GRAPH_SHAPE if the inputs do not fit. */
  infer(call: Call): readonly OutputType[];
}

/** The part of a graph through which operator functions add nodes. */
export interface GraphBuilder {
  readonly opset: number;
  /** The minimum number of output tiles into which a long matrix product is split, to keep the device busy. */
  readonly busyTiles: number;
  apply(operator: Operator, inputs: readonly (Tensor | undefined)[], attributes?: Attributes): readonly Tensor[];
  constant(dtype: Dtype, shape: readonly number[], values: Values): Tensor;
  /** A tensor that has the named dimension, and the axis at which it has it. */
  dimensionSource(name: string): { readonly tensor: Tensor; readonly axis: number } | undefined;
}
