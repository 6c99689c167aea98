import { EarsightError } from '../../core/errors.js';
import { elementCount, formatShape } from './dim.js';
import type { Dim, Shape } from './dim.js';
import { encode } from './dtype.js';
import type { Dtype, TensorData, Values } from './dtype.js';
import type { Attributes, GraphBuilder, Call, Node, Operator, Origin, OutputType, Tensor } from './ir.js';
import { operatorName, shapeError } from './operator.js';

/** RMSNormalization, the newest operator used here, was added in opset 23; onnxruntime 1.30 runs it on every device. */
const DEFAULT_OPSET = 23;

/** Equal constants of at most this many elements (axes, shapes, scalars) are stored once. */
const SHARED_CONSTANT_ELEMENTS = 16;

export interface GraphOptions {
  readonly opset?: number;
  /** The graph's name in the ONNX file; default `network`. */
  readonly name?: string;
  /** Used by gradients, see `GraphBuilder.busyTiles`. Default 1: no matrix product is split. */
  readonly busyTiles?: number;
}

/**
 * A network under construction. Operator functions (`models/graph/operators`) take tensors of the graph and add nodes to
 * it. Shapes and element types are inferred immediately, so that a mistake is reported at the line that makes it.
 *
 * ```ts
 * const g = new Graph({ name: 'mlp' });
 * const x = g.input('x', 'float32', ['B', 16]);
 * const w = g.parameter('w', 'float32', [16, 4], weights);
 * g.output('y', softmax(matmul(x, w)));
 * const bytes = serialise(g);
 * ```
 */
export class Graph implements GraphBuilder {
  readonly opset: number;
  readonly name: string;
  readonly busyTiles: number;
  readonly inputs: Tensor[] = [];
  readonly parameters: Tensor[] = [];
  readonly outputs: { readonly name: string; readonly tensor: Tensor }[] = [];
  /** In topological order: every node comes after the nodes whose outputs it reads. */
  readonly nodes: Node[] = [];
  private readonly usedNames = new Set<string>();
  private readonly sharedConstants = new Map<string, Tensor>();
  private readonly dimensionSources = new Map<string, { readonly tensor: Tensor; readonly axis: number }>();
  private scopePath: string[] = [];

  constructor(options: GraphOptions = {}) {
    this.opset = options.opset ?? DEFAULT_OPSET;
    this.name = options.name ?? 'network';
    this.busyTiles = options.busyTiles ?? 1;
  }

  /**
   * Adds a tensor that is fed at run time. A string in `shape` names a dimension that is only known then; `32*height`
   * is a named dimension that is known to be a multiple of 32.
   */
  input(name: string, dtype: Dtype, shape: Shape): Tensor {
    for (const dim of shape)
      if (typeof dim === 'string' ? !/^([1-9]\d*\*)?[A-Za-z_]\w*$/.test(dim) : !Number.isInteger(dim) || dim < 0)
        throw new EarsightError('EARSIGHT_GRAPH_INVALID', { reason: `input ${name}: ${dim} is not a dimension` });
    const tensor = this.makeTensor(this.claimName(name), { dtype, shape }, { kind: 'input' });
    this.inputs.push(tensor);
    return tensor;
  }

  /** The full name that a parameter called `name` would get in the current scope. */
  qualified(name: string): string {
    return [...this.scopePath, name].join('/');
  }

  /** Adds a learned tensor; its full name includes the current scope. */
  parameter(name: string, dtype: Dtype, shape: readonly number[], values: Values): Tensor {
    const data = this.encodeValues(name, dtype, shape, values);
    const tensor = this.makeTensor(this.claimName(this.qualified(name)), { dtype, shape }, { kind: 'parameter', data });
    this.parameters.push(tensor);
    return tensor;
  }

  constant(dtype: Dtype, shape: readonly number[], values: Values): Tensor {
    const key =
      values.length <= SHARED_CONSTANT_ELEMENTS ? `${dtype}[${shape.join()}]${Array.from(values, spell).join()}` : '';
    const known = this.sharedConstants.get(key);
    if (known !== undefined) return known;
    const name = this.freshName('constant');
    const data = this.encodeValues(name, dtype, shape, values);
    const tensor = this.makeTensor(name, { dtype, shape }, { kind: 'constant', data });
    if (key !== '') this.sharedConstants.set(key, tensor);
    return tensor;
  }

  output(name: string, tensor: Tensor): void {
    if (tensor.graph !== this)
      throw new EarsightError('EARSIGHT_GRAPH_INVALID', { reason: `output ${name} belongs to another graph` });
    if ([...this.inputs, ...this.parameters].some((other) => other.name === name && other !== tensor))
      throw new EarsightError('EARSIGHT_GRAPH_INVALID', { reason: `output ${name} has the name of another tensor` });
    if (this.outputs.some((output) => output.name === name))
      throw new EarsightError('EARSIGHT_GRAPH_INVALID', { reason: `two outputs are called ${name}` });
    this.outputs.push({ name, tensor });
  }

  /** Names of parameters and nodes that `build` creates start with `name/`. */
  scope<T>(name: string, build: () => T): T {
    this.scopePath.push(name);
    try {
      return build();
    } finally {
      this.scopePath.pop();
    }
  }

  apply(operator: Operator, inputs: readonly (Tensor | undefined)[], attributes: Attributes = {}): readonly Tensor[] {
    const call: Call = { operator, inputs, attributes, opset: this.opset };
    this.checkCall(call);
    const outputs: Tensor[] = [];
    const node: Node = { operator, inputs, attributes, outputs };
    for (const type of operator.infer(call))
      outputs.push(this.makeTensor(this.freshName(operator.type), type, { kind: 'node', node }));
    this.nodes.push(node);
    return outputs;
  }

  dimensionSource(name: string): { readonly tensor: Tensor; readonly axis: number } | undefined {
    return this.dimensionSources.get(name);
  }

  private checkCall(call: Call): void {
    const { operator, inputs, attributes } = call;
    const name = operatorName(operator.domain, operator.type);
    const [fewest, most] = operator.arity;
    if (inputs.length < fewest || inputs.length > most) throw shapeError(call, `takes ${fewest} to ${most} inputs`);
    if (operator.domain === '' && operator.since > this.opset)
      throw new EarsightError('EARSIGHT_GRAPH_INVALID', {
        reason: `${name} needs opset ${operator.since}, this graph has ${this.opset}`,
      });
    for (const key of Object.keys(attributes))
      if (!(key in operator.attributes))
        throw new EarsightError('EARSIGHT_GRAPH_INVALID', { reason: `${name} has no attribute ${key}` });
    for (const input of inputs)
      if (input !== undefined && input.graph !== this)
        throw new EarsightError('EARSIGHT_GRAPH_INVALID', {
          reason: `${name}: ${input.name} belongs to another graph`,
        });
  }

  private encodeValues(name: string, dtype: Dtype, shape: readonly number[], values: Values): TensorData {
    if (values.length !== elementCount(shape))
      throw new EarsightError('EARSIGHT_GRAPH_SHAPE', {
        operator: name,
        shapes: formatShape(shape),
        reason: `${values.length} values do not fill it`,
      });
    try {
      return encode(dtype, values);
    } catch (error) {
      const reason = `${name}: ${error instanceof Error ? error.message : String(error)}`;
      throw new EarsightError('EARSIGHT_GRAPH_INVALID', { reason }, { cause: error });
    }
  }

  private makeTensor(name: string, type: OutputType, origin: Origin): Tensor {
    const { dtype, shape, elements } = type;
    const tensor: Tensor = { graph: this, name, dtype, shape, origin, ...(elements === undefined ? {} : { elements }) };
    shape.forEach((dim: Dim, axis) => {
      if (typeof dim === 'string' && !this.dimensionSources.has(dim)) this.dimensionSources.set(dim, { tensor, axis });
    });
    return tensor;
  }

  private claimName(name: string): string {
    if (name === '' || this.usedNames.has(name))
      throw new EarsightError('EARSIGHT_GRAPH_INVALID', { reason: `two tensors are called "${name}"` });
    this.usedNames.add(name);
    return name;
  }

  private freshName(stem: string): string {
    const prefix = [...this.scopePath, stem].join('/');
    for (let number = this.usedNames.size; ; number++)
      if (!this.usedNames.has(`${prefix}_${number}`)) return this.claimName(`${prefix}_${number}`);
  }
}

/** Like String(value), but tells -0 from 0. */
function spell(value: number | bigint): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
