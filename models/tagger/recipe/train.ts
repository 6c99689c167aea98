/**
 * Command that trains the tagger from a prepared collection of sounds (recipe/prepare) and a teacher's pack:
 *
 *   node dist/models/tagger/recipe/train.js COLLECTION TEACHER_PACK POINTS FOLDER [--shards N] [--steps N]
 *     [--device cpu|webgpu] [--resume]
 *
 * POINTS is a JSON file with the teacher's logit from which each class counts as present, in the order of the classes. The
 * `choose` split is left out, so that thresholds can be chosen on it. FOLDER/tagger.onnx scores all classes of
 * `models/tagger/audioset-names.txt` and, last, `none of these`.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { serialise } from '../../graph/index.js';
import { seededParameters, storedParameters } from '../../mixers/parameters.js';
import { DEVICES } from '../../runtime/devices.js';
import { train } from '../../train/train.js';
import { taggerModel } from '../network.js';
import { mixtureBatches, VALIDATION_SHARDS } from './batches.js';
import { readCollection } from './collection.js';
import { distillationNetwork } from './distillation-network.js';
import { TARGETS } from './examples.js';
import { startMixing } from './mixing.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    shards: { type: 'string', default: '1400' },
    steps: { type: 'string', default: '7500' },
    batch: { type: 'string', default: '128' },
    rate: { type: 'string', default: '0.002' },
    device: { type: 'string', default: 'auto' },
    threads: { type: 'string', default: String(Math.max(1, cpus().length - 3)) },
    seed: { type: 'string', default: '1' },
    resume: { type: 'boolean', default: false },
  },
});
const [folder = '', pack = '', points = '', out = ''] = positionals;
const [shards, steps, batchSize] = [Number(values.shards), Number(values.steps), Number(values.batch)];
const [seed, threads] = [Number(values.seed), Number(values.threads)];
const collection = await readCollection(folder);
const recordings = collection.recordings.filter(({ use }) => use === 'train');
const presentFrom = JSON.parse(await readFile(points, 'utf8')) as number[];
const began = performance.now();
const seconds = (): string => ((performance.now() - began) / 1000).toFixed(0);
const mixing = startMixing(
  { ...collection, recordings },
  { pack, presentFrom, seed, shards: shards + VALIDATION_SHARDS, threads },
);
const data = await mixtureBatches(mixing, { batchSize, steps, shards, hash: collection.hash });
console.log(`${seconds()} s: first mixtures`);
await mkdir(out, { recursive: true });
const trained = await train(distillationNetwork(batchSize, seed), data, {
  ...{ steps, seed, folder: out, resume: values.resume },
  learningRate: Number(values.rate),
  weightDecay: 0.02,
  device: DEVICES.find((name) => name === values.device) ?? 'auto',
  onProgress: ({ step, loss, gradientNorm, stepMs }) => {
    if (step % 100 === 0 || step <= 3)
      console.log(
        `${seconds()} s: step ${step}, loss ${loss.toFixed(4)}, norm ${gradientNorm.toFixed(2)}, ${stepMs.toFixed(0)} ms`,
      );
  },
});
await mixing.close();
const model = taggerModel(storedParameters(trained.weights, seededParameters(seed)), TARGETS);
await writeFile(join(out, 'tagger.onnx'), serialise(model, { metadata: { 'earsight.recipe': collection.hash } }));
for (const { step, metrics } of trained.card.history) console.log(step, JSON.stringify(metrics));
console.log(`${seconds()} s, ${trained.card.parameters} parameters with the lessons' heads`);
