import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  add,
  cast,
  conv,
  equal,
  Graph,
  gather,
  lowerTriangle,
  matmul,
  mul,
  reduceMean,
  reduceSum,
  reshape,
  serialise,
  sub,
  transpose,
  unsqueeze,
  type Tensor,
} from '../../graph/index.js';
import { SeededWeights } from './seeded-weights.js';
import { transformer, type TransformerShape } from './transformer.js';

interface ClipShape extends TransformerShape {
  readonly imageSize: number;
  readonly patch: number;
  readonly projection: number;
}

export const TINY_CLIP: ClipShape = { width: 32, layers: 2, heads: 4, imageSize: 224, patch: 32, projection: 64 };

/** `<|endoftext|>` of CLIP's tokenizer, which is also its padding. */
const END_OF_TEXT = 49407;
const VOCABULARY = 49408;

/** `pixel_values` [batch, 3, size, size] to `image_embeds` [batch, projection], as the hub's vision_model.onnx. */
export function clipVision(shape: ClipShape, seed = 1): Uint8Array {
  const { width, imageSize, patch, projection } = shape;
  const graph = new Graph({ name: 'vision' });
  const weights = new SeededWeights(graph, seed);
  const tokens = (imageSize / patch) ** 2;
  const pixels = graph.input('pixel_values', 'float32', ['batch', 3, imageSize, imageSize]);
  const kernel = weights.weight('patches', [width, 3, patch, patch], 3 * patch * patch);
  const patches = reshape(conv(pixels, kernel, undefined, { strides: [patch, patch] }), ['batch', width, tokens]);
  const placed = add(transpose(patches, [0, 2, 1]), weights.weight('positions', [tokens, width], width));
  const pooled = reduceMean(transformer(graph, weights, placed, shape), { axes: [1] });
  graph.output('image_embeds', matmul(pooled, weights.weight('projection', [width, projection])));
  return serialise(graph);
}

/** `input_ids` [batch, length] to `text_embeds`: causal, and read at the first end of text, so padding has no effect. */
function clipText(shape: ClipShape, seed = 2): Uint8Array {
  const { width, projection } = shape;
  const graph = new Graph({ name: 'text' });
  const weights = new SeededWeights(graph, seed);
  const ids = graph.input('input_ids', 'int64', ['batch', 'length']);
  const tokens = gather(weights.weight('tokens', [VOCABULARY, width], width), ids);
  const stream = transformer(graph, weights, tokens, shape, futureHidden(ids));
  const pooled = reduceSum(mul(stream, unsqueeze(firstEnd(ids), [2])), { axes: [1] });
  graph.output('text_embeds', matmul(pooled, weights.weight('projection', [width, projection])));
  return serialise(graph);
}

/** [batch, 1, length, length]: −10⁴ where a query would see a later key, 0 elsewhere. */
function futureHidden(ids: Tensor): Tensor {
  const ones = add(mul(cast(ids, 'float32'), 0), 1);
  const square = mul(unsqueeze(ones, [1]), unsqueeze(ones, [2]));
  return unsqueeze(mul(sub(lowerTriangle(square), 1), 1e4), [1]);
}

/** [batch, length]: 1 at the first end-of-text token of each row, 0 elsewhere. */
function firstEnd(ids: Tensor): Tensor {
  const ends = cast(equal(ids, END_OF_TEXT), 'float32');
  const rows = add(unsqueeze(ends, [1]), mul(unsqueeze(ends, [2]), 0));
  const seen = reduceSum(lowerTriangle(rows), { axes: [2] });
  return mul(ends, cast(equal(seen, 1), 'float32'));
}

/** Writes a CLIP with random weights in the hub's layout. Tokenizer and configs come from `tokenizerFolder`. */
export async function writeClip(folder: string, tokenizerFolder: string): Promise<void> {
  await mkdir(join(folder, 'onnx'), { recursive: true });
  for (const name of ['config.json', 'preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json'])
    await copyFile(join(tokenizerFolder, name), join(folder, name));
  await writeFile(join(folder, 'onnx/vision_model.onnx'), clipVision(TINY_CLIP));
  await writeFile(join(folder, 'onnx/text_model.onnx'), clipText(TINY_CLIP));
}
