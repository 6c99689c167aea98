import { EarsightError } from '../../../core/errors.js';
import type { Dim } from '../dim.js';
import { Graph } from '../graph.js';
import type { Tensor } from '../ir.js';
import { serialise } from '../onnx/serialise.js';
import { concat } from '../operators/index.js';
import { readGraphModel } from './graph-model.js';
import type { GraphModel, GraphModelNode } from './graph-model.js';
import { NodeContext, type FreeSide, type Rule } from './rule.js';
import { CONVOLUTION_RULES } from './rules/convolution.js';
import { ELEMENTWISE_RULES } from './rules/elementwise.js';
import { LAYOUT_RULES } from './rules/layout.js';
import { PICTURE_RULES } from './rules/picture.js';
import { REDUCTION_RULES } from './rules/reduction.js';
import { inTensorFlowOrder, picture, plain, type Constant, type Value } from './value.js';
import { readWeights } from './weights.js';

const RULES: Readonly<Record<string, Rule>> = {
  ...CONVOLUTION_RULES,
  ...PICTURE_RULES,
  ...ELEMENTWISE_RULES,
  ...REDUCTION_RULES,
  ...LAYOUT_RULES,
};

export interface ImportOptions {
  /** Names of the nodes whose results become outputs. Default: the model's own outputs. */
  readonly outputs?: readonly string[];
  /** A name for the batch axis, if the model accepts other batch sizes than the one it was exported with. */
  readonly batch?: string;
  /**
   * Height and width of the input picture, if they differ from those the model was exported with. `['32*height',
   * '32*width']` accepts any multiples of 32. The import throws EARSIGHT_GRAPH_OPERATOR if an operator that the outputs
   * need depends on the exported sides.
   */
  readonly sides?: readonly [height: Dim, width: Dim];
}

/**
 * Converts a TensorFlow.js graph model to a graph. Pictures are channels-first, [batch, channels, height, width]: the
 * input, and every output that the network computes as a picture (`channelsFirst` names those). Other tensors keep
 * TensorFlow's order of axes. Integer inputs are fed as float32.
 * @param shards the weight files, by the path that the model gives
 * @throws EARSIGHT_GRAPH_OPERATOR with the name of an unknown operator, EARSIGHT_MODEL_UNREADABLE if the model
 * contradicts itself or does not match its weights.
 */
export function importGraphModel(
  model: GraphModel,
  shards: ReadonlyMap<string, Uint8Array>,
  options: ImportOptions = {},
): { readonly graph: Graph; readonly channelsFirst: ReadonlySet<string> } {
  const graph = new Graph({ name: 'imported' });
  const nodes = new Map(model.nodes.map((node) => [node.name, node]));
  const weights = allWeights(model, shards);
  const values = new Map<string, readonly Value[]>();
  const outputs = options.outputs ?? model.outputs;
  const freeSides = freeSidesOf(model, options);
  for (const node of inTopologicalOrder(nodes, outputs))
    values.set(node.name, valuesOf(graph, node, weights, values, options, freeSides));
  const pictures = new Set<string>();
  for (const name of outputs) {
    const [value] = values.get(name) ?? [];
    if (value === undefined) throw unreadable(`nothing makes ${name}`);
    if (value.kind === 'computed' && value.channelsFirst) pictures.add(name);
    graph.output(name, tensorOf(graph, value));
  }
  return { graph, channelsFirst: pictures };
}

/** Converts a TensorFlow.js graph model to an ONNX file; see `importGraphModel`. */
export function importToOnnx(
  json: Uint8Array,
  shards: ReadonlyMap<string, Uint8Array>,
  options: ImportOptions & {
    /** Joins all outputs, which must be pictures of equal size, along the channels into one output of this name. */
    readonly joinedAs?: string;
  },
): Uint8Array {
  const { joinedAs, ...rest } = options;
  const { graph, channelsFirst } = importGraphModel(readGraphModel(json), shards, rest);
  if (joinedAs === undefined) return serialise(graph);
  if (graph.outputs.some(({ name }) => !channelsFirst.has(name)))
    throw new EarsightError('EARSIGHT_MODEL_UNREADABLE', { reason: `not all that makes up ${joinedAs} are pictures` });
  const parts = graph.outputs.map(({ tensor }) => tensor);
  graph.output(joinedAs, concat(parts, 1));
  return serialise(graph, { outputs: [joinedAs] });
}

function tensorOf(graph: Graph, value: Value): Tensor {
  return value.kind === 'computed' && value.channelsFirst ? value.tensor : inTensorFlowOrder(graph, value);
}

function allWeights(model: GraphModel, shards: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, Constant> {
  const weights = new Map<string, Constant>();
  for (const group of model.weightGroups) {
    const files = group.paths.map((path) => {
      const file = shards.get(path);
      if (file === undefined) throw unreadable(`its weights are in ${path}, which was not given`);
      return file;
    });
    for (const [name, weight] of readWeights(group.weights, Buffer.concat(files))) weights.set(name, weight);
  }
  return weights;
}

/** The nodes that the outputs need, every node after the nodes it reads. */
function inTopologicalOrder(
  nodes: ReadonlyMap<string, GraphModelNode>,
  outputs: readonly string[],
): readonly GraphModelNode[] {
  const ordered = new Set<GraphModelNode>();
  // An explicit stack, because an imported graph may be deeper than the call stack, or circular.
  const stack = outputs.map((name) => ({ name, entered: false }));
  const open = new Set<string>();
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const node = nodes.get(top.name);
    if (node === undefined) throw unreadable(`nothing makes ${top.name}`);
    if (ordered.has(node)) continue;
    if (top.entered) {
      ordered.add(node);
      open.delete(top.name);
      continue;
    }
    if (open.has(top.name)) throw unreadable(`${top.name} waits for itself`);
    open.add(top.name);
    stack.push({ name: top.name, entered: true });
    for (const { name } of sources(node)) {
      if (open.has(name) && !ordered.has(nodes.get(name) ?? node)) throw unreadable(`${name} waits for itself`);
      stack.push({ name, entered: false });
    }
  }
  return [...ordered];
}

/** The results that a node reads; control edges (`^name`), which only order nodes, are left out. */
function sources(node: GraphModelNode): readonly { readonly name: string; readonly output: number }[] {
  return node.input
    .filter((input) => !input.startsWith('^'))
    .map((input) => {
      const [, name = '', output = '0'] = /^(.*?)(?::(\d+))?$/.exec(input) ?? [];
      return { name, output: Number(output) };
    });
}

function valuesOf(
  graph: Graph,
  node: GraphModelNode,
  weights: ReadonlyMap<string, Constant>,
  values: ReadonlyMap<string, readonly Value[]>,
  options: ImportOptions,
  freeSides: readonly FreeSide[],
): readonly Value[] {
  if (node.op === 'Placeholder') return [inputOf(graph, node, options)];
  if (node.op === 'Const') {
    const weight = weights.get(node.name);
    if (weight === undefined) throw unreadable(`the constant ${node.name} has no weights`);
    return [weight];
  }
  const rule = Object.hasOwn(RULES, node.op) ? RULES[node.op] : undefined;
  if (rule === undefined) throw new EarsightError('EARSIGHT_GRAPH_OPERATOR', { operator: node.op });
  const inputs = sources(node).map(({ name, output }) => {
    const value = values.get(name)?.[output];
    if (value === undefined) throw unreadable(`${name} has no result ${output}`);
    return value;
  });
  return [rule(new NodeContext(graph, node, inputs, freeSides))].flat();
}

function freeSidesOf({ nodes }: GraphModel, { sides }: ImportOptions): readonly FreeSide[] {
  const input = nodes.find(({ op }) => op === 'Placeholder');
  return (sides ?? []).flatMap((side, axis) =>
    typeof side === 'string' ? [{ side, exported: sizesOf(input)[1 + axis] ?? 1 }] : [],
  );
}

function sizesOf(input: GraphModelNode | undefined): readonly number[] {
  return input?.attr['shape']?.shape?.dim.map(({ size }) => Number(size)) ?? [];
}

function inputOf(graph: Graph, node: GraphModelNode, { batch, sides }: ImportOptions): Value {
  const sizes = sizesOf(node);
  const known = sizes.every((size, axis) => size > 0 || axis === 0);
  if (sizes.length === 0 || !known) throw unreadable(`the shape of its input ${node.name} is not fixed`);
  const first: Dim = batch ?? Math.max(sizes[0] ?? 1, 1);
  if (sizes.length !== 4) return plain(graph.input(node.name, 'float32', [first, ...sizes.slice(1)]));
  const [, height = 1, width = 1, channels = 1] = sizes;
  return picture(graph.input(node.name, 'float32', [first, channels, ...(sides ?? [height, width])]));
}

function unreadable(reason: string): EarsightError {
  return new EarsightError('EARSIGHT_MODEL_UNREADABLE', { reason });
}
