import type { Dim } from '../dim.js';
import { bytesOf, DTYPES, encode } from '../dtype.js';
import type { Values } from '../dtype.js';
import type { Graph } from '../graph.js';
import type { AttributeKind, Node, Tensor } from '../ir.js';
import { operatorName } from '../operator.js';
import { EarsightError } from '../../../core/errors.js';
import { ATTRIBUTE_TYPE, encodeModel, EXTERNAL } from './schema.js';
import type { AttributeProto, NodeProto, TensorProto, ValueInfoProto } from './schema.js';

/** IR version 10 (ONNX 1.16) covers everything written here; onnxruntime 1.30 reads versions up to 13. */
const IR_VERSION = 10;
const MICROSOFT_OPSET = 1;
/** Smaller weights stay in the model: onnxruntime can only fold shapes and scalars that are stored there. */
const MIN_EXTERNAL_BYTES = 1024;
/** ONNX recommends an alignment of 4 KiB, so that external data can be memory-mapped. */
const EXTERNAL_ALIGNMENT = 4096;

/** A protobuf message is limited to 2 GiB, of which a part is reserved for the nodes. */
const MAX_INLINE_BYTES = 2 ** 31 - 2 ** 26;

export interface SerialiseOptions {
  /** Values that replace those with which the parameters were created, by parameter name. */
  readonly weights?: ReadonlyMap<string, Values>;
  /** Write only these outputs and the nodes they need. Default: all outputs. */
  readonly outputs?: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Key of the metadata entry that lists the learned weights, so that `readModel` can tell them from constants. */
export const PARAMETERS_KEY = 'earsight.parameters';

/** Writes an ONNX file that contains its weights. */
export function serialise(graph: Graph, options: SerialiseOptions = {}): Uint8Array {
  return write(graph, options, undefined);
}

/** Writes an ONNX file and the content of the file `location` beside it, which holds the weights. */
export function serialiseExternal(
  graph: Graph,
  location: string,
  options: SerialiseOptions = {},
): { readonly model: Uint8Array; readonly data: Uint8Array } {
  const store = new ExternalStore(location);
  const model = write(graph, options, store);
  return { model, data: store.bytes() };
}

class ExternalStore {
  private readonly parts: { readonly offset: number; readonly bytes: Uint8Array }[] = [];
  private end = 0;

  constructor(readonly location: string) {}

  add(bytes: Uint8Array): { key: string; value: string }[] {
    const offset = Math.ceil(this.end / EXTERNAL_ALIGNMENT) * EXTERNAL_ALIGNMENT;
    this.parts.push({ offset, bytes });
    this.end = offset + bytes.length;
    return [
      { key: 'location', value: this.location },
      { key: 'offset', value: String(offset) },
      { key: 'length', value: String(bytes.length) },
    ];
  }

  bytes(): Uint8Array {
    const all = new Uint8Array(this.end);
    for (const { offset, bytes } of this.parts) all.set(bytes, offset);
    return all;
  }
}

function write(graph: Graph, options: SerialiseOptions, store: ExternalStore | undefined): Uint8Array {
  const outputs = graph.outputs.filter(({ name }) => options.outputs?.includes(name) ?? true);
  if (outputs.length === 0 || (options.outputs !== undefined && options.outputs.length !== outputs.length))
    throw new EarsightError('EARSIGHT_GRAPH_INVALID', { reason: 'an asked output is not there, or none was declared' });
  const { nodes, tensors } = reachable(graph, outputs);
  const names = renamedTensors(outputs, tensors);
  const parameters = graph.parameters.filter((tensor) => tensors.has(tensor));
  const initialised = [...tensors].filter(({ origin }) => origin.kind === 'constant' || origin.kind === 'parameter');
  const written: NodeProto[] = nodes.map((node, index) => nodeProto(node, index, names));
  for (const { name, tensor } of outputs) {
    const own = names.get(tensor) ?? tensor.name;
    if (own !== name) written.push(identityProto(own, name));
  }
  const initializer = initialised.map((tensor) => tensorProto(tensor, names, options.weights, store));
  const inside = initializer.reduce((sum, { rawData }) => sum + (rawData?.length ?? 0), 0);
  if (inside > MAX_INLINE_BYTES)
    throw new EarsightError('EARSIGHT_GRAPH_INVALID', {
      reason: `${(inside / 2 ** 30).toFixed(1)} GiB of weights do not fit into one ONNX file: serialiseExternal`,
    });
  const domains = new Set(nodes.map((node) => node.operator.domain));
  return encodeModel({
    irVersion: IR_VERSION,
    producerName: 'earsight',
    producerVersion: '',
    opsetImport: [
      { domain: '', version: graph.opset },
      ...(domains.has('com.microsoft') ? [{ domain: 'com.microsoft', version: MICROSOFT_OPSET }] : []),
    ],
    metadataProps: [
      { key: PARAMETERS_KEY, value: JSON.stringify(parameters.map(({ name }) => name)) },
      ...Object.entries(options.metadata ?? {}).map(([key, value]) => ({ key, value })),
    ],
    graph: {
      name: graph.name,
      node: written,
      initializer,
      input: graph.inputs.filter((tensor) => tensors.has(tensor)).map((tensor) => valueInfo(tensor.name, tensor)),
      output: outputs.map(({ name, tensor }) => valueInfo(name, tensor)),
    },
  });
}

/** The nodes that the outputs need, and all tensors that these nodes read or that are outputs. */
function reachable(
  graph: Graph,
  outputs: readonly { readonly tensor: Tensor }[],
): { readonly nodes: readonly Node[]; readonly tensors: ReadonlySet<Tensor> } {
  const tensors = new Set(outputs.map(({ tensor }) => tensor));
  const nodes = graph.nodes.toReversed().filter((node) => {
    if (!node.outputs.some((output) => tensors.has(output))) return false;
    for (const input of node.inputs) if (input !== undefined) tensors.add(input);
    return true;
  });
  return { nodes: nodes.reverse(), tensors };
}

/**
 * The tensors that are written under another name than their own. A node's result takes the name of the first output
 * that it is; another tensor that already has an output's name gets a new one.
 */
function renamedTensors(
  outputs: readonly { readonly name: string; readonly tensor: Tensor }[],
  tensors: ReadonlySet<Tensor>,
): ReadonlyMap<Tensor, string> {
  const names = new Map<Tensor, string>();
  for (const { name, tensor } of outputs)
    if (tensor.origin.kind === 'node' && !names.has(tensor)) names.set(tensor, name);
  const given = new Set(outputs.map(({ name }) => name));
  const taken = new Set([...given, ...[...tensors].map(({ name }) => name)]);
  for (const tensor of tensors) {
    // Inputs and parameters keep their names: `Graph.output` refuses an output that has the name of another tensor.
    const fixed = tensor.origin.kind === 'input' || tensor.origin.kind === 'parameter';
    if (fixed || names.has(tensor) || !given.has(tensor.name)) continue;
    let name = `${tensor.name}_inside`;
    while (taken.has(name)) name += '_';
    taken.add(name);
    names.set(tensor, name);
  }
  return names;
}

function nodeProto(node: Node, index: number, names: ReadonlyMap<Tensor, string>): NodeProto {
  const spell = (tensor: Tensor | undefined): string =>
    tensor === undefined ? '' : (names.get(tensor) ?? tensor.name);
  const last = node.inputs.findLastIndex((input) => input !== undefined);
  const { operator } = node;
  return {
    name: `${operator.type}_${index}`,
    opType: operator.type,
    domain: operator.domain,
    input: node.inputs.slice(0, last + 1).map(spell),
    output: node.outputs.map(spell),
    attribute: Object.entries(node.attributes).map(([name, value]) => attributeProto(node, name, value)),
  };
}

function identityProto(from: string, to: string): NodeProto {
  return { name: `output_${to}`, opType: 'Identity', domain: '', input: [from], output: [to], attribute: [] };
}

function attributeProto(node: Node, name: string, value: number | string | readonly number[]): AttributeProto {
  const kind: AttributeKind | undefined = node.operator.attributes[name];
  if (kind === undefined)
    throw new EarsightError('EARSIGHT_GRAPH_INVALID', {
      reason: `${operatorName(node.operator.domain, node.operator.type)} has no attribute ${name}`,
    });
  const base = { name, type: ATTRIBUTE_TYPE[kind] };
  if (typeof value === 'string') return { ...base, s: new TextEncoder().encode(value) };
  if (typeof value === 'number') return kind === 'float' ? { ...base, f: value } : { ...base, i: value };
  return kind === 'floats' ? { ...base, floats: [...value] } : { ...base, ints: [...value] };
}

function tensorProto(
  tensor: Tensor,
  names: ReadonlyMap<Tensor, string>,
  weights: ReadonlyMap<string, Values> | undefined,
  store: ExternalStore | undefined,
): TensorProto {
  const { origin, name, dtype, shape } = tensor;
  if (origin.kind !== 'constant' && origin.kind !== 'parameter')
    throw new EarsightError('EARSIGHT_BUG', { reason: `${name} has no elements` });
  const other = origin.kind === 'parameter' ? weights?.get(name) : undefined;
  if (other !== undefined && other.length !== origin.data.length)
    throw new EarsightError('EARSIGHT_GRAPH_SHAPE', {
      operator: name,
      shapes: `${other.length} values`,
      reason: `the parameter has ${origin.data.length}`,
    });
  const bytes = bytesOf(other === undefined ? origin.data : encode(dtype, other));
  const base = { name: names.get(tensor) ?? name, dims: shape.map(Number), dataType: DTYPES[dtype].code };
  if (store !== undefined && bytes.length >= MIN_EXTERNAL_BYTES)
    return { ...base, externalData: store.add(bytes), dataLocation: EXTERNAL };
  return { ...base, rawData: bytes };
}

function valueInfo(name: string, tensor: Tensor): ValueInfoProto {
  const dim = tensor.shape.map((size: Dim) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: DTYPES[tensor.dtype].code, shape: { dim } } } };
}
