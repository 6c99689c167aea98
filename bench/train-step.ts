import { parseArgs } from 'node:util';
import { mixerNamed } from '../models/mixers/members.js';
import { seededParameters } from '../models/mixers/parameters.js';
import { parse, type ParserShape } from '../models/parser/parser.js';
import { DEVICES } from '../models/runtime/devices.js';
import { arrayData, type Batch, type Feed } from '../models/train/data.js';
import { binaryCrossEntropyWithLogits } from '../models/train/losses.js';
import type { TrainableNetwork } from '../models/train/network.js';
import { Random } from '../models/train/random.js';
import { train } from '../models/train/train.js';

/**
 * Times a training step (forward, backward and AdamW) of a parser of 2 million parameters on a batch of video features.
 * Parameters and data stay on the device; a step receives only the row indices. Prints the median time of the steps
 * after the warm-up as a line of JSON.
 *
 * `node dist/bench/train-step.js --device webgpu --batch 32 --length 256 --mixer tnl`
 */
const { values } = parseArgs({
  options: {
    device: { type: 'string', default: 'cpu' },
    steps: { type: 'string', default: '30' },
    batch: { type: 'string', default: '32' },
    length: { type: 'string', default: '256' },
    mixer: { type: 'string', default: 'tnl' },
    layers: { type: 'string', default: '2' },
    width: { type: 'string', default: '256' },
  },
});
const device = DEVICES.find((name) => name === values.device);
if (device === undefined) throw new TypeError(`--device is one of ${DEVICES.join(', ')}`);
const mixer = mixerNamed(values.mixer);
if (mixer === undefined) throw new TypeError(`no member ${values.mixer}`);
const [batch, length] = [Number(values.batch), Number(values.length)];
/** The first steps compile shaders and fill memory pools. */
const WARM_UP = 3;
/** Number of batches in the data from which rows are drawn. */
const BATCHES = 2;

const shape: ParserShape = {
  audioWidth: 512,
  visualWidth: 768,
  classes: 67,
  width: Number(values.width),
  layers: Number(values.layers),
  heads: Number(values.width) / 32,
  mixer,
  direction: mixer.declaration.direction === 'bidirectional' ? 'bidirectional' : 'causal',
};

const network: TrainableNetwork = {
  name: 'train-step',
  build: (g) => {
    const audio = g.input('audio', 'float32', [batch, length, shape.audioWidth]);
    const visual = g.input('visual', 'float32', [batch, length, shape.visualWidth]);
    const heard = g.input('targets', 'float32', [batch, length, 2, shape.classes]);
    const writing = { parameters: seededParameters(1), form: { kind: 'chunked' }, length, batch } as const;
    const parsed = parse(g, shape, { ...writing, dtype: 'float32' }, { audio, visual });
    return {
      loss: binaryCrossEntropyWithLogits(parsed.logits, heard),
      outputs: { probabilities: parsed.probabilities },
    };
  },
};

function videos(count: number): Batch {
  const random = new Random(1);
  const features = (width: number): Feed => ({
    data: random.normals(count * length * width),
    dims: [count, length, width],
  });
  const targets = new Float32Array(count * length * 2 * shape.classes);
  for (let i = 0; i < targets.length; i++) targets[i] = random.uniform() < 0.1 ? 1 : 0;
  return {
    audio: features(shape.audioWidth),
    visual: features(shape.visualWidth),
    targets: { data: targets, dims: [count, length, 2, shape.classes] },
  };
}

const times: number[] = [];
const { card } = await train(network, arrayData(videos(BATCHES * batch), { batchSize: batch, seed: 1 }), {
  ...{ steps: Number(values.steps) + WARM_UP, device },
  onProgress: ({ stepMs }) => times.push(stepMs),
});
const sorted = times.slice(WARM_UP).sort((a, b) => a - b);
const medianMs = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
const { parameters } = card;
console.log(JSON.stringify({ device: card.device, mixer: values.mixer, parameters, batch, length, medianMs }));
