import {
  add,
  cast,
  concat,
  Graph,
  matmul,
  mul,
  pad,
  reduceMax,
  reduceMean,
  reduceSum,
  relu,
  reshape,
  slice,
  softmax,
  transpose,
  type Dtype,
  type Tensor,
  type Values,
} from '../graph/index.js';
import { linear } from '../mixers/blocks/linear.js';
import { parameter, type LayerContext } from '../mixers/layer.js';
import { lightNetLayer } from '../mixers/lightnet/layer.js';
import type { ParameterSource } from '../mixers/parameters.js';
import { trunk } from '../parser/trunk.js';
import { TAGGER_MEL, WINDOW_FRAMES } from './front-end.js';

/** Width, number of layers and number of heads of the mixer blocks. */
const WIDTH = 256;
const LAYERS = 5;
const HEADS = 4;
/**
 * Side of a block in bands and in frames. Blocks are the units of patches: a patch of the first stage is 2 × 2 blocks.
 */
const BLOCK = 4;
const BANDS = TAGGER_MEL.melBins / BLOCK;
/** The mixers' tokens are columns of blocks, 40 ms apart. */
const TOKENS = WINDOW_FRAMES / BLOCK;
/** Number of feature maps of the two patch stages. */
const MAPS = [48, 64] as const;

export interface TaggerOutput {
  /** Logits of the classes for the second in the middle of the window, [B, classes]. */
  readonly logits: Tensor;
  /** Embedding of the whole window, [B, 2 · width], from which the distillation heads predict the teacher's outputs. */
  readonly summary: Tensor;
}

export interface TaggerOptions {
  readonly parameters: ParameterSource;
  readonly dtype: Dtype;
  /** Number of classes that are scored. */
  readonly classes: number;
}

/**
 * Adds the tagger to a graph. The log-mel picture [B, 1, 128, 200] goes through overlapping patches, bidirectional
 * LightNet blocks along time, and attention pooling over the tokens with one set of weights per class.
 */
export function tag(graph: Graph, picture: Tensor, { classes, ...writing }: TaggerOptions): TaggerOutput {
  const place: Omit<LayerContext, 'layer'> = {
    ...{ graph, ...writing, width: WIDTH, layers: LAYERS, heads: HEADS },
    ...{ direction: 'bidirectional', form: { kind: 'auto', device: 'cpu' }, shared: new Map() },
  };
  const { steps } = trunk(patches(picture, { ...place, layer: 0 }), lightNetLayer, place);
  return graph.scope('heads', () => {
    const [batch = 1] = steps.shape;
    const at = { ...place, layer: LAYERS };
    const scores = linear(steps, at, 'classes', classes, { bias: true });
    const weights = softmax(linear(steps, at, 'attention', classes, { deviation: 0.02 }), 1);
    const logits = reshape(reduceSum(mul(scores, weights), { axes: [1] }), [batch, classes]);
    const summary = concat([reduceMean(steps, { axes: [1] }), reduceMax(steps, { axes: [1] })], -1);
    return { logits, summary };
  });
}

/**
 * Tokens [B, T, D] with position embeddings. Two stages of overlapping patches share their weights over all bands: 8
 * bands by 8 frames with stride 4 by 4, then 4 × 3 of those with stride 2 × 1; each column of the second stage becomes
 * a token. The stages are written as matrix products instead of convolutions, because their gradients are products too,
 * which a GPU computes ten times faster than onnxruntime's gradient of a convolution. They have no biases, because the
 * gradient of a bias is a long sum for few numbers.
 */
function patches(picture: Tensor, place: LayerContext): Tensor {
  const { graph } = place;
  const [batch = 1] = picture.shape;
  return graph.scope('patches', () => {
    const cut = transpose(reshape(picture, [batch, BANDS, BLOCK, TOKENS, BLOCK]), [0, 1, 3, 2, 4]);
    const blocks = reshape(cut, [batch, BANDS, TOKENS, BLOCK * BLOCK]);
    const wide = concat([blocks, successors(blocks, 2)], -1);
    const fine = rectified(concat([wide, successors(wide, 1)], -1), place, 'fine', MAPS[0]);
    const paired = transpose(reshape(fine, [batch, BANDS / 2, 2, TOKENS, MAPS[0]]), [0, 1, 3, 2, 4]);
    const pairs = reshape(paired, [batch, BANDS / 2, TOKENS, 2 * MAPS[0]]);
    const tall = concat([pairs, successors(pairs, 1)], -1);
    const coarse = rectified(concat([predecessors(tall, 2), tall, successors(tall, 2)], -1), place, 'coarse', MAPS[1]);
    const columns = reshape(transpose(coarse, [0, 2, 1, 3]), [batch, TOKENS, (BANDS / 2) * MAPS[1]]);
    const tokens = linear(columns, place, 'tokens', WIDTH, { bias: true });
    return add(tokens, parameter(place, 'places', [TOKENS, WIDTH], { kind: 'normal', deviation: 0.02 }));
  });
}

/** A linear layer with He initialisation, followed by a ReLU. */
function rectified(x: Tensor, place: LayerContext, name: string, width: number): Tensor {
  return relu(linear(x, place, name, width, { deviation: Math.sqrt(2 / Number(x.shape.at(-1))) }));
}

/** `x` shifted by one along `axis`: each position holds the values of the next one, and the last holds zeros. */
function successors(x: Tensor, axis: number): Tensor {
  return pad(slice(x, axis, 1, Number(x.shape[axis])), axis, 0, 1);
}

/** `x` shifted by one along `axis`: each position holds the values of the previous one, and the first holds zeros. */
function predecessors(x: Tensor, axis: number): Tensor {
  return pad(slice(x, axis, 0, Number(x.shape[axis]) - 1), axis, 1, 0);
}

/**
 * Stores every parameter as float16 and computes in float32: the file is half as large, and the kernels are the same.
 */
class HalfWeights extends Graph {
  override parameter(name: string, dtype: Dtype, shape: readonly number[], values: Values): Tensor {
    return cast(super.parameter(name, 'float16', shape, values), dtype);
  }
}

/** The tagger's graph as it is shipped, with the input `picture` and the outputs `logits` and `summary`. */
export function taggerModel(parameters: ParameterSource, classes: number): Graph {
  const graph = new HalfWeights({ name: 'earsight-tagger' });
  const picture = graph.input('picture', 'float32', ['batch', 1, TAGGER_MEL.melBins, WINDOW_FRAMES]);
  const { logits, summary } = tag(graph, picture, { parameters, dtype: 'float32', classes });
  graph.output('logits', logits);
  graph.output('summary', summary);
  return graph;
}

/** Distillation head: predicts an output of the teacher from the summary by a linear map. It is not shipped. */
export function teacherHead(summary: Tensor, place: LayerContext, name: string, width: number): Tensor {
  const from = Number(summary.shape.at(-1));
  const weight = parameter(place, `${name}/weight`, [from, width], { kind: 'normal', deviation: from ** -0.5 });
  const bias = parameter(place, `${name}/bias`, [width], { kind: 'values', values: () => 0 });
  return add(matmul(summary, weight), bias);
}
