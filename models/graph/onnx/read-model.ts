import { EarsightError } from '../../../core/errors.js';
import type { Dim } from '../dim.js';
import { dtypeOfCode, DTYPES, fromBytes, isFloat } from '../dtype.js';
import type { Dtype, TensorData, Values } from '../dtype.js';
import { decode } from '../dtype.js';
import { Graph } from '../graph.js';
import type { Attributes, Operator, Tensor } from '../ir.js';
import { findOperator, operatorName } from '../operator.js';
import '../operators/index.js';
import { ATTRIBUTE_TYPE, decodeModel, EXTERNAL } from './schema.js';
import type { AttributeProto, ModelProto, NodeProto, TensorProto, ValueInfoProto } from './schema.js';
import { PARAMETERS_KEY } from './serialise.js';

type GraphProto = NonNullable<ModelProto['graph']>;

export interface ReadOptions {
  /** Files with weights outside the model, keyed by the location that the model gives. */
  readonly external?: ReadonlyMap<string, Uint8Array>;
}

/**
 * Reads an ONNX file into a graph, which can be inspected, extended, differentiated and serialised again. Weights that
 * `serialise` wrote as parameters become parameters; in files of other origin, every floating-point initialiser with at
 * least one axis does.
 * @throws EARSIGHT_GRAPH_OPERATOR for an operator that is not declared here, EARSIGHT_MODEL_UNREADABLE if the bytes are
 * not an ONNX model, EARSIGHT_GRAPH_SHAPE if shapes in the file contradict each other.
 */
export function readModel(bytes: Uint8Array, options: ReadOptions = {}): Graph {
  const model = decodeOrThrow(bytes);
  const proto = model.graph;
  if (!proto || proto.node.length === 0) throw unreadable('it holds no graph');
  const opset = model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version;
  if (opset === undefined) throw unreadable('it does not say which opset it uses');
  for (const { domain, opType } of proto.node) if (opType !== 'Constant') requireOperator(domain, opType);
  const g = new Graph({ opset, name: proto.name });
  const tensors = new Map<string, Tensor>();
  addInputs(g, proto, tensors);
  addWeights(g, model, proto, tensors, options);
  for (const node of proto.node) addNode(g, node, tensors, options);
  for (const { name } of proto.output) g.output(name, lookUp(tensors, name));
  return g;
}

function decodeOrThrow(bytes: Uint8Array): ModelProto {
  try {
    return decodeModel(bytes);
  } catch (error) {
    throw unreadable(error instanceof Error ? error.message : String(error));
  }
}

function unreadable(reason: string): EarsightError {
  return new EarsightError('EARSIGHT_MODEL_UNREADABLE', { reason });
}

function requireOperator(domain: string, type: string): Operator {
  const operator = findOperator(domain, type);
  if (operator === undefined)
    throw new EarsightError('EARSIGHT_GRAPH_OPERATOR', { operator: operatorName(domain, type) });
  return operator;
}

function lookUp(tensors: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw unreadable(`nothing makes the tensor ${name}`);
  return tensor;
}

function dtypeOf(code: number, name: string): Dtype {
  const dtype = dtypeOfCode(code);
  if (dtype === undefined) throw unreadable(`${name} has the element type ${code}, which is not supported`);
  return dtype;
}

function addInputs(g: Graph, proto: GraphProto, tensors: Map<string, Tensor>): void {
  const initialised = new Set(proto.initializer.map(({ name }) => name));
  for (const input of proto.input) {
    if (initialised.has(input.name)) continue;
    const dtype = dtypeOf(input.type?.tensorType?.elemType ?? 0, input.name);
    tensors.set(input.name, g.input(input.name, dtype, shapeOf(input)));
  }
}

/** Unnamed dimensions are named after the input and the axis; a name that is an expression becomes an identifier. */
function shapeOf({ name, type }: ValueInfoProto): readonly Dim[] {
  const dims = type?.tensorType?.shape?.dim;
  if (dims === undefined) throw unreadable(`the input ${name} has no shape`);
  return dims.map(({ dimValue, dimParam }, axis) => {
    if (dimValue !== undefined) return dimValue;
    const spelled = dimParam ?? '';
    // A named multiple, as `serialise` writes it.
    if (/^[1-9]\d*\*[A-Za-z_]\w*$/.test(spelled)) return spelled;
    return (spelled === '' ? `${name}_${axis}` : spelled).replaceAll(/\W/g, '_').replace(/^(?=\d)/, '_');
  });
}

function addWeights(
  g: Graph,
  model: ModelProto,
  proto: GraphProto,
  tensors: Map<string, Tensor>,
  options: ReadOptions,
): void {
  const listed = model.metadataProps.find(({ key }) => key === PARAMETERS_KEY)?.value;
  const names = listed === undefined ? undefined : parseNames(listed);
  for (const weight of proto.initializer) {
    const { dtype, shape, values } = elementsOf(weight, options);
    const learned = names?.has(weight.name) ?? (isFloat(dtype) && shape.length > 0);
    const tensor = learned ? g.parameter(weight.name, dtype, shape, values) : g.constant(dtype, shape, values);
    tensors.set(weight.name, tensor);
  }
}

function parseNames(listed: string): ReadonlySet<unknown> {
  try {
    return new Set(JSON.parse(listed) as unknown[]);
  } catch (error) {
    throw unreadable(`its ${PARAMETERS_KEY}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

interface Elements {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly values: Values;
}

function elementsOf(proto: TensorProto, options: ReadOptions): Elements {
  const dtype = dtypeOf(proto.dataType, proto.name);
  if (proto.dims.some((dim) => !(dim >= 0))) throw unreadable(`${proto.name} is [${proto.dims.join(', ')}]`);
  const data = storedElements(proto, dtype, options);
  const values = data instanceof BigInt64Array ? data : decode(dtype, data);
  return { dtype, shape: proto.dims, values };
}

function storedElements(proto: TensorProto, dtype: Dtype, options: ReadOptions): TensorData {
  const raw = proto.dataLocation === EXTERNAL ? externalBytes(proto, options) : proto.rawData;
  if (raw !== undefined && raw.length > 0) {
    if (raw.length % DTYPES[dtype].bytes !== 0) throw unreadable(`${proto.name} has part of an element`);
    return fromBytes(dtype, raw);
  }
  if (proto.floatData?.length) return Float32Array.from(proto.floatData);
  if (proto.doubleData?.length) return Float64Array.from(proto.doubleData);
  // As a JavaScript number, the largest int64 (the end of a slice "to the end") is rounded up, beyond the int64 range.
  if (proto.int64Data?.length) return BigInt64Array.from(proto.int64Data, clampToInt64);
  // Small integers, bools and float16 bits are all stored in this field.
  const narrow = proto.int32Data ?? [];
  return dtype === 'float16' ? Uint16Array.from(narrow) : Int32Array.from(narrow);
}

function clampToInt64(value: number): bigint {
  const [least, most] = [-(2n ** 63n), 2n ** 63n - 1n];
  const whole = BigInt(value);
  return whole > most ? most : whole < least ? least : whole;
}

function externalBytes({ name, externalData = [] }: TensorProto, { external }: ReadOptions): Uint8Array {
  const entries = new Map(externalData.map(({ key, value }) => [key, value]));
  const location = entries.get('location') ?? '';
  const file = external?.get(location);
  if (file === undefined) throw unreadable(`the weights of ${name} are in ${location}, which was not given`);
  const offset = Number(entries.get('offset') ?? 0);
  const length = Number(entries.get('length') ?? file.length - offset);
  if (!(offset >= 0 && length >= 0 && offset + length <= file.length))
    throw unreadable(`${location} ends before the weights of ${name}`);
  return file.subarray(offset, offset + length);
}

function addNode(g: Graph, node: NodeProto, tensors: Map<string, Tensor>, options: ReadOptions): void {
  if (node.opType === 'Constant' && node.domain === '') {
    const value = node.attribute.find(({ name }) => name === 'value')?.t;
    if (!value) throw unreadable('a Constant without a tensor');
    const { dtype, shape, values } = elementsOf(value, options);
    tensors.set(node.output[0] ?? '', g.constant(dtype, shape, values));
    return;
  }
  const inputs = node.input.map((name) => (name === '' ? undefined : lookUp(tensors, name)));
  const attributes: Attributes = Object.fromEntries(
    node.attribute.map((attribute) => [attribute.name, valueOf(attribute)]),
  );
  const outputs = g.apply(requireOperator(node.domain, node.opType), inputs, attributes);
  node.output.forEach((name, index) => {
    const output = outputs[index];
    if (name === '') return;
    if (output === undefined) throw unreadable(`${node.opType} has no output ${index} here`);
    tensors.set(name, output);
  });
}

function valueOf(attribute: AttributeProto): number | string | readonly number[] {
  switch (attribute.type) {
    case ATTRIBUTE_TYPE.int:
      return attribute.i ?? 0;
    case ATTRIBUTE_TYPE.float:
      return attribute.f ?? 0;
    case ATTRIBUTE_TYPE.string:
      return new TextDecoder().decode(attribute.s);
    case ATTRIBUTE_TYPE.ints:
      return attribute.ints ?? [];
    case ATTRIBUTE_TYPE.floats:
      return attribute.floats ?? [];
    default:
      throw unreadable(`the attribute ${attribute.name} is of a kind that is not supported`);
  }
}
