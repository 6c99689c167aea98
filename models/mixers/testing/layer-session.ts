import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { fromFloat16, Graph, serialise, toFloat16, type Tensor } from '../../graph/index.js';
import type { Carried, CarriedType, MixerLayer, LayerContext } from '../layer.js';
import { seededParameters, type ParameterSource } from '../parameters.js';
import { noise } from './rows.js';

/** How one layer of one member is written. */
export interface LayerWriting extends Pick<LayerContext, 'direction' | 'form' | 'layer' | 'axes'> {
  readonly length: number;
  readonly dtype: 'float32' | 'float16';
  readonly masked?: boolean;
  readonly streamed?: boolean;
  readonly parameters?: ParameterSource;
}

export const WIDTH = 8;
export const HEADS = 2;
export const LAYERS = 2;

export interface WrittenLayer {
  readonly graph: Graph;
  readonly x: Tensor;
  readonly output: Tensor;
  /** Initial values of the layer's parameters, by name. */
  readonly values: ReadonlyMap<string, Float64Array>;
}

/** Moves θ away from its regular initial values, as training would. */
const learnedParameters: ParameterSource = (name, shape, initial) => {
  const drawn = Float32Array.from(seededParameters(3)(name, shape, initial) as ArrayLike<number>);
  const moved = noise(drawn.length, 17);
  return name.endsWith('theta') ? drawn.map((value, i) => value * (1 - 0.2 * Math.abs(moved[i] ?? 0))) : drawn;
};

/** Writes one layer as a graph with inputs `x` [B, T, D], `mask` and `in/…`, and outputs `o` and `out/…`. */
export function writeLayer(mixer: MixerLayer, writing: LayerWriting): WrittenLayer {
  const graph = new Graph();
  const { length, dtype, masked = false, streamed = false, parameters = learnedParameters } = writing;
  const values = new Map<string, Float64Array>();
  const recording: ParameterSource = (name, shape, initial) => {
    const drawn = parameters(name, shape, initial);
    values.set(name, Float64Array.from(drawn as ArrayLike<number>));
    return drawn;
  };
  const x = graph.input('x', dtype, ['B', length, WIDTH]);
  const context: LayerContext = {
    ...{ graph, dtype, parameters: recording, layer: writing.layer, layers: LAYERS, width: WIDTH, heads: HEADS },
    ...{ direction: writing.direction, form: writing.form, shared: new Map() },
    ...(writing.axes === undefined ? {} : { axes: writing.axes }),
    ...(masked ? { mask: graph.input('mask', dtype, ['B', length, 1]) } : {}),
  };
  const types: Readonly<Record<string, CarriedType>> = streamed ? (mixer.carriedTypes?.(context, 'B') ?? {}) : {};
  const carried: Carried = Object.fromEntries(
    Object.entries(types).map(([name, type]) => [name, graph.input(`in/${name}`, type.dtype, type.shape)]),
  );
  const mixed = mixer.mix(x, context, streamed ? carried : undefined);
  graph.output('o', mixed.output);
  if (streamed) for (const [name, tensor] of Object.entries(mixed.carried)) graph.output(`out/${name}`, tensor);
  return { graph, x, output: mixed.output, values };
}

export function openGraph(graph: Graph): Promise<InferenceSession> {
  return InferenceSession.create(serialise(graph), { logSeverityLevel: 4 });
}

/** The values as a tensor [batch, T, width] of the given element type. */
export function feed(values: Float32Array, dtype: LayerWriting['dtype'], batch = 1, width = WIDTH): OrtTensor {
  const dims = [batch, values.length / width / batch, width];
  return dtype === 'float16'
    ? new OrtTensor('float16', toFloat16(values), dims)
    : new OrtTensor('float32', values, dims);
}

export function numbers(tensor: OrtTensor | undefined): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  if (tensor?.data instanceof Uint16Array) return fromFloat16(tensor.data);
  // Versions of Node without Float16Array return the bits, newer ones return numbers.
  return Float32Array.from(tensor?.data as ArrayLike<number>);
}

/** Runs the layer on one sequence. */
export async function runLayer(mixer: MixerLayer, writing: LayerWriting, x: Float32Array): Promise<Float32Array> {
  const session = await openGraph(writeLayer(mixer, writing).graph);
  const found = numbers((await session.run({ x: feed(x, writing.dtype) }))['o']);
  await session.release();
  return found;
}

/** Runs the layer on one sequence in parts of `writing.length` steps, feeding its state back. */
export async function streamLayer(mixer: MixerLayer, writing: LayerWriting, x: Float32Array): Promise<Float32Array> {
  const session = await openGraph(writeLayer(mixer, { ...writing, streamed: true }).graph);
  let carried: Record<string, OrtTensor> = {};
  for (const input of session.inputMetadata) {
    if (input.name === 'x' || !input.isTensor) continue;
    const shape = input.shape.map((dim) => (typeof dim === 'number' ? dim : 1));
    const count = shape.reduce((product, dim) => product * dim, 1);
    const zeros = input.type === 'float16' ? new Uint16Array(count) : new Float32Array(count);
    carried[input.name] = new OrtTensor(input.type, zeros, shape);
  }
  const found: number[] = [];
  const size = writing.length * WIDTH;
  for (let start = 0; start < x.length; start += size) {
    const results = await session.run({ x: feed(x.slice(start, start + size), writing.dtype), ...carried });
    found.push(...numbers(results['o']));
    carried = Object.fromEntries(
      Object.entries(results)
        .filter(([name]) => name !== 'o')
        .map(([name, tensor]) => [name.replace('out/', 'in/'), tensor]),
    );
  }
  await session.release();
  return Float32Array.from(found);
}
