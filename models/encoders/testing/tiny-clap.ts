import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  add,
  cast,
  conv,
  Graph,
  gather,
  matmul,
  mul,
  reduceMean,
  reshape,
  serialise,
  slice,
  squeeze,
  sub,
  transpose,
  unsqueeze,
} from '../../graph/index.js';
import { SeededWeights } from './seeded-weights.js';
import { transformer, type TransformerShape } from './transformer.js';

interface ClapShape extends TransformerShape {
  readonly projection: number;
}

const TINY_CLAP: ClapShape = { width: 32, layers: 2, heads: 4, projection: 64 };

/** Ten seconds at 48 kHz with a hop of 480, both ends counted; 64 mel bands. */
const FRAMES = 1001;
const BANDS = 64;
const FRAMES_PER_TOKEN = 40;
const TOKENS = Math.floor(FRAMES / FRAMES_PER_TOKEN);
/** The vocabulary of RoBERTa, whose tokenizer CLAP uses. */
const VOCABULARY = 50265;

/** `input_features` [batch, 1, 1001, 64] to `audio_embeds` [batch, projection], as the hub's audio_model.onnx. */
function clapAudio(shape: ClapShape, seed = 3): Uint8Array {
  const { width, projection } = shape;
  const graph = new Graph({ name: 'audio' });
  const weights = new SeededWeights(graph, seed);
  const picture = graph.input('input_features', 'float32', ['batch', 1, FRAMES, BANDS]);
  const kernel = weights.weight('patches', [width, 1, FRAMES_PER_TOKEN, BANDS], FRAMES_PER_TOKEN * BANDS);
  // Decibels lie in −100 … 50, so a hundredth of them keeps the first layer in its working range.
  const maps = conv(mul(picture, 0.01), kernel, undefined, { strides: [FRAMES_PER_TOKEN, BANDS] });
  const tokens = transpose(reshape(maps, ['batch', width, TOKENS]), [0, 2, 1]);
  const placed = add(tokens, weights.weight('positions', [TOKENS, width], width));
  const pooled = reduceMean(transformer(graph, weights, placed, shape), { axes: [1] });
  graph.output('audio_embeds', matmul(pooled, weights.weight('projection', [width, projection])));
  return serialise(graph);
}

/** `input_ids`, `attention_mask` [batch, length] to `text_embeds`, read at the first token. */
function clapText(shape: ClapShape, seed = 4): Uint8Array {
  const { width, projection } = shape;
  const graph = new Graph({ name: 'text' });
  const weights = new SeededWeights(graph, seed);
  const ids = graph.input('input_ids', 'int64', ['batch', 'length']);
  const mask = graph.input('attention_mask', 'int64', ['batch', 'length']);
  const tokens = gather(weights.weight('tokens', [VOCABULARY, width], width), ids);
  const hidden = mul(sub(cast(mask, 'float32'), 1), 1e4);
  const square = add(unsqueeze(hidden, [1]), mul(unsqueeze(hidden, [2]), 0));
  const stream = transformer(graph, weights, tokens, shape, unsqueeze(square, [1]));
  const first = squeeze(slice(stream, 1, 0, 1), [1]);
  graph.output('text_embeds', matmul(first, weights.weight('projection', [width, projection])));
  return serialise(graph);
}

/** Writes an unfused CLAP with random weights in the hub's layout. Tokenizer and configs come from `tokenizerFolder`. */
export async function writeClap(folder: string, tokenizerFolder: string): Promise<void> {
  await mkdir(join(folder, 'onnx'), { recursive: true });
  for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json'])
    await copyFile(join(tokenizerFolder, name), join(folder, name));
  const text = await readFile(join(tokenizerFolder, 'preprocessor_config.json'), 'utf8');
  const config = JSON.parse(text) as Record<string, unknown>;
  // The tokenizer folder has the file of the fused model. These two keys differ for the unfused one.
  await writeFile(
    join(folder, 'preprocessor_config.json'),
    JSON.stringify({ ...config, truncation: 'rand_trunc', enable_fusion: false }),
  );
  await writeFile(join(folder, 'onnx/audio_model.onnx'), clapAudio(TINY_CLAP));
  await writeFile(join(folder, 'onnx/text_model.onnx'), clapText(TINY_CLAP));
}
