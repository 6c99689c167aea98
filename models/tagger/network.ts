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
import { VOCABULARY } from './vocabulary.js';

/** Width, layers and heads of the mixer blocks. */
const WIDTH = 192;
const LAYERS = 5;
const HEADS = 4;
/** Bands and frames of a block, the unit of the patches; a patch of the first stage is 2 × 2 blocks. */
const BLOCK = 4;
const BANDS = TAGGER_MEL.melBins / BLOCK;
/** The tokens of the mixers are columns of blocks, 40 ms apart. */
const TOKENS = WINDOW_FRAMES / BLOCK;
/** Maps of the two stages that make tokens of patches. */
const MAPS = [48, 64] as const;

export interface TaggerOutput {
  /** Of the vocabulary, for the second in the middle: [B, classes]. */
  readonly logits: Tensor;
  /** Of the whole window: [B, 2 · width], what the teacher's numbers are read from. */
  readonly summary: Tensor;
}

export interface TaggerOptions {
  readonly parameters: ParameterSource;
  readonly dtype: Dtype;
}

/**
 * Log-mel picture [B, 1, 128, 200] to scores: overlapping patches, LightNet blocks that read both ways along time, and attention over the tokens, a set of weights a class.
 */
export function tag(graph: Graph, picture: Tensor, writing: TaggerOptions): TaggerOutput {
  const place: Omit<LayerContext, 'layer'> = {
    ...{ graph, ...writing, width: WIDTH, layers: LAYERS, heads: HEADS },
    ...{ direction: 'bidirectional', form: { kind: 'auto', device: 'cpu' }, shared: new Map() },
  };
  const { steps } = trunk(patches(picture, { ...place, layer: 0 }), lightNetLayer, place);
  return graph.scope('heads', () => {
    const [batch = 1] = steps.shape;
    const at = { ...place, layer: LAYERS };
    const scores = linear(steps, at, 'classes', VOCABULARY.length, { bias: true });
    const weights = softmax(linear(steps, at, 'attention', VOCABULARY.length, { deviation: 0.02 }), 1);
    const logits = reshape(reduceSum(mul(scores, weights), { axes: [1] }), [batch, VOCABULARY.length]);
    const summary = concat([reduceMean(steps, { axes: [1] }), reduceMax(steps, { axes: [1] })], -1);
    return { logits, summary };
  });
}

/**
 * Tokens [B, T, D], each knowing its place in the window. Two stages of overlapping patches that are the same at every
 * band: 8 bands by 8 frames every 4 by 4, then 4 × 3 of those every 2 × 1; a column of the second is a token. Written as
 * products, not convolutions: their gradients are products too, which a GPU does ten times faster than onnxruntime's
 * gradient of a convolution. No biases: their gradients are long sums of few numbers.
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

/** He's initialisation, for what a rectifier follows. */
function rectified(x: Tensor, place: LayerContext, name: string, width: number): Tensor {
  return relu(linear(x, place, name, width, { deviation: Math.sqrt(2 / Number(x.shape.at(-1))) }));
}

/** Every place has its successor's numbers along `axis`; the last has zeros. */
function successors(x: Tensor, axis: number): Tensor {
  return pad(slice(x, axis, 1, Number(x.shape[axis])), axis, 0, 1);
}

/** Every place has its predecessor's numbers; the first has zeros. */
function predecessors(x: Tensor, axis: number): Tensor {
  return pad(slice(x, axis, 0, Number(x.shape[axis]) - 1), axis, 1, 0);
}

/** Stores every parameter as float16 and computes in float32: half the file, the same kernels. */
class HalfWeights extends Graph {
  override parameter(name: string, dtype: Dtype, shape: readonly number[], values: Values): Tensor {
    return cast(super.parameter(name, 'float16', shape, values), dtype);
  }
}

/** The tagger as it is shipped: input `picture`, outputs `logits` and `summary`. */
export function taggerModel(parameters: ParameterSource): Graph {
  const graph = new HalfWeights({ name: 'earsight-tagger' });
  const picture = graph.input('picture', 'float32', ['batch', 1, TAGGER_MEL.melBins, WINDOW_FRAMES]);
  const { logits, summary } = tag(graph, picture, { parameters, dtype: 'float32' });
  graph.output('logits', logits);
  graph.output('summary', summary);
  return graph;
}

/** The student's guess of the teacher's numbers, from its summary: a linear map that is not shipped. */
export function teacherHead(summary: Tensor, place: LayerContext, name: string, width: number): Tensor {
  const from = Number(summary.shape.at(-1));
  const weight = parameter(place, `${name}/weight`, [from, width], { kind: 'normal', deviation: from ** -0.5 });
  const bias = parameter(place, `${name}/bias`, [width], { kind: 'values', values: () => 0 });
  return add(matmul(summary, weight), bias);
}
