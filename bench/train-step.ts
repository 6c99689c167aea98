/**
 * What a training step costs: a network of 2 million parameters (three attention blocks, 256 wide) on a batch of
 * sequences, forward, backward and AdamW. Batches are uploaded every step, as in real training; parameters stay on the
 * device. Prints the median of the steps after the warm-up, and a line of JSON.
 * `node dist/bench/train-step.js [cpu|webgpu] [steps] [batch] [length]`
 */
import { add, gelu, layerNormalization, matmul, mul, reshape, softmax, transpose } from '../models/graph/index.js';
import type { Graph, Tensor } from '../models/graph/index.js';
import { DEVICES } from '../models/runtime/devices.js';
import { binaryCrossEntropyWithLogits } from '../models/train/losses.js';
import type { TrainableNetwork } from '../models/train/network.js';
import type { Random } from '../models/train/random.js';
import { trainingBar } from '../models/train/progress-bar.js';
import { train } from '../models/train/train.js';

const [WIDTH, HIDDEN, HEADS, BLOCKS, FEATURES, CLASSES] = [256, 768, 4, 3, 128, 25];
/** The first steps compile shaders and fill memory pools. */
const WARM_UP = 5;

function network(batch: number, length: number): TrainableNetwork {
  return {
    name: 'train-step',
    build: (g, random) => {
      const weight = (name: string, rows: number, columns: number): Tensor =>
        g.parameter(name, 'float32', [rows, columns], random.normals(rows * columns, 1 / Math.sqrt(rows)));
      let x = matmul(g.input('x', 'float32', [batch, length, FEATURES]), weight('embed', FEATURES, WIDTH));
      for (let block = 0; block < BLOCKS; block++) x = g.scope(`block${block}`, () => attentionBlock(g, x, random));
      const logits = matmul(x, weight('head', WIDTH, CLASSES));
      const targets = g.input('y', 'float32', [batch, length, CLASSES]);
      return { loss: binaryCrossEntropyWithLogits(logits, targets), outputs: { logits } };
    },
  };
}

function attentionBlock(g: Graph, x: Tensor, random: Random): Tensor {
  const [batch = 1, length = 1] = x.shape;
  const width = WIDTH / HEADS;
  const weight = (name: string, rows: number, columns: number): Tensor =>
    g.parameter(name, 'float32', [rows, columns], random.normals(rows * columns, 1 / Math.sqrt(rows)));
  const normal = (name: string, values: Tensor): Tensor =>
    layerNormalization(
      values,
      g.parameter(`${name}/scale`, 'float32', [WIDTH], new Float32Array(WIDTH).fill(1)),
      g.parameter(`${name}/bias`, 'float32', [WIDTH], new Float32Array(WIDTH)),
    );
  const heads = (values: Tensor, order: readonly number[]): Tensor =>
    transpose(reshape(values, [batch, length, HEADS, width]), order);
  const before = normal('before', x);
  const q = heads(matmul(before, weight('q', WIDTH, WIDTH)), [0, 2, 1, 3]);
  const k = heads(matmul(before, weight('k', WIDTH, WIDTH)), [0, 2, 3, 1]);
  const v = heads(matmul(before, weight('v', WIDTH, WIDTH)), [0, 2, 1, 3]);
  const answer = matmul(softmax(mul(matmul(q, k), 1 / Math.sqrt(width))), v);
  const packed = reshape(transpose(answer, [0, 2, 1, 3]), [batch, length, WIDTH]);
  const mixed = add(x, matmul(packed, weight('o', WIDTH, WIDTH)));
  const wide = gelu(matmul(normal('after', mixed), weight('up', WIDTH, HIDDEN)));
  return add(mixed, matmul(wide, weight('down', HIDDEN, WIDTH)));
}

const [deviceName = 'cpu', steps = '30', batch = '8', length = '256'] = process.argv.slice(2);
const device = DEVICES.find((name) => name === deviceName) ?? 'cpu';
const [B, T] = [Number(batch), Number(length)];
const times: number[] = [];
const bar = trainingBar('train-step');
const { card } = await train(
  network(B, T),
  {
    hash: 'noise',
    batch: (_, random) => ({
      x: { data: random.normals(B * T * FEATURES), dims: [B, T, FEATURES] },
      y: { data: Float32Array.from({ length: B * T * CLASSES }, () => random.integer(2)), dims: [B, T, CLASSES] },
    }),
  },
  {
    ...{ steps: Number(steps) + WARM_UP, device },
    onProgress: (progress) => {
      times.push(progress.stepMs);
      bar.update(progress);
    },
  },
);
bar.stop();
const sorted = times.slice(WARM_UP).sort((a, b) => a - b);
const medianMs = sorted[Math.floor(sorted.length / 2)] ?? NaN;
console.log(
  `${card.device}: ${card.parameters} parameters, ${B} x ${T} steps of time, ${medianMs.toFixed(1)} ms a step`,
);
console.log(JSON.stringify({ device: card.device, parameters: card.parameters, batch: B, length: T, medianMs }));
