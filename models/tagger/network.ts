import {
  add,
  cast,
  concat,
  conv,
  Graph,
  matmul,
  mul,
  reduceMax,
  reduceMean,
  reduceSum,
  relu,
  reshape,
  softmax,
  transpose,
  type Dim,
  type Dtype,
  type Tensor,
  type Values,
} from '../graph/index.js';
import { linear } from '../mixers/blocks/linear.js';
import { parameter, type Place } from '../mixers/layer.js';
import { lightNetLayer } from '../mixers/lightnet/layer.js';
import type { ParameterSource } from '../mixers/parameters.js';
import { trunk } from '../parser/trunk.js';
import { TAGGER_MEL, WINDOW_FRAMES } from './front-end.js';
import { VOCABULARY } from './vocabulary.js';

/** Width, layers and heads of the mixer blocks. */
const WIDTH = 192;
const LAYERS = 5;
const HEADS = 4;
/** Maps of the three convolutions that cut the picture into patches of 8 bands by 4 frames. */
const MAPS = [16, 32, 64] as const;
const STRIDES = [
  [2, 2],
  [2, 2],
  [2, 1],
] as const;
/** Bands and frames that are left: the tokens of the mixers are the frames, 40 ms apart. */
const ROWS = TAGGER_MEL.melBins / 8;
const TOKENS = WINDOW_FRAMES / 4;

export interface Tagged {
  /** Of the vocabulary, for the second in the middle: [B, classes]. */
  readonly logits: Tensor;
  /** Of the whole window: [B, 2 · width], what the teacher's numbers are read from. */
  readonly summary: Tensor;
}

export interface TaggerWriting {
  readonly parameters: ParameterSource;
  readonly dtype: Dtype;
}

/**
 * Log-mel picture [B, 1, 128, 200] to scores: overlapping patches by three strided convolutions, LightNet blocks that
 * read both ways along time, and attention over the tokens, a set of weights a class.
 */
export function tag(graph: Graph, picture: Tensor, writing: TaggerWriting): Tagged {
  const place: Omit<Place, 'layer'> = {
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

/** Tokens [B, T, D], each knowing its place in the window. */
function patches(picture: Tensor, place: Place): Tensor {
  const { graph } = place;
  const [batch = 1] = picture.shape;
  return graph.scope('patches', () => {
    let maps = picture;
    MAPS.forEach((count, index) => {
      const [strides = [1, 1]] = [STRIDES[index]];
      maps = relu(convolution(maps, place, `stage-${index}`, count, strides));
    });
    const byTime = reshape(transpose(maps, [0, 3, 1, 2]), [batch, TOKENS, MAPS[2] * ROWS]);
    const tokens = linear(byTime, place, 'tokens', WIDTH, { bias: true });
    return add(tokens, parameter(place, 'places', [TOKENS, WIDTH], { kind: 'normal', deviation: 0.02 }));
  });
}

function convolution(x: Tensor, place: Place, name: string, maps: number, strides: readonly number[]): Tensor {
  const from = Number(x.shape[1]);
  // He's initialisation for what a rectifier follows.
  const deviation = Math.sqrt(2 / (9 * from));
  const kernel = parameter(place, `${name}/kernel`, [maps, from, 3, 3], { kind: 'normal', deviation });
  const bias = parameter(place, `${name}/bias`, [maps], { kind: 'values', values: () => 0 });
  return conv(x, kernel, bias, { strides, pads: [1, 1, 1, 1] });
}

/** Stores every parameter as float16 and computes in float32: half the file, the same kernels. */
class HalfWeights extends Graph {
  override parameter(name: string, dtype: Dtype, shape: readonly number[], values: Values): Tensor {
    return cast(super.parameter(name, 'float16', shape, values), dtype);
  }
}

/** The tagger as it is shipped: input `picture`, outputs `logits` and `summary`. */
export function taggerModel(parameters: ParameterSource, batch: Dim = 'batch'): Graph {
  const graph = new HalfWeights({ name: 'earsight-tagger' });
  const picture = graph.input('picture', 'float32', [batch, 1, TAGGER_MEL.melBins, WINDOW_FRAMES]);
  const { logits, summary } = tag(graph, picture, { parameters, dtype: 'float32' });
  graph.output('logits', logits);
  graph.output('summary', summary);
  return graph;
}

/** The student's guess of the teacher's numbers, from its summary: a linear map that is not shipped. */
export function teacherGuess(summary: Tensor, place: Place, name: string, width: number): Tensor {
  const from = Number(summary.shape.at(-1));
  const weight = parameter(place, `${name}/weight`, [from, width], { kind: 'normal', deviation: from ** -0.5 });
  const bias = parameter(place, `${name}/bias`, [width], { kind: 'values', values: () => 0 });
  return add(matmul(summary, weight), bias);
}
