/**
 * Command that trains the tagger from a prepared collection of sounds (recipe/prepare) and a teacher's pack:
 *
 *   node dist/models/tagger/recipe/train.js COLLECTION TEACHER_PACK FOLDER [--shards N] [--steps N]
 *     [--device cpu|webgpu] [--choose]
 *
 * `--choose` leaves the `choose` split out of training, as was done while constants were chosen.
 */
import { mkdir, writeFile } from 'node:fs/promises';
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
import { startMixing } from './mixing.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    shards: { type: 'string', default: '890' },
    steps: { type: 'string', default: '5000' },
    batch: { type: 'string', default: '128' },
    rate: { type: 'string', default: '0.002' },
    device: { type: 'string', default: 'auto' },
    threads: { type: 'string', default: String(Math.max(1, cpus().length - 3)) },
    seed: { type: 'string', default: '1' },
    choose: { type: 'boolean', default: false },
    resume: { type: 'boolean', default: false },
  },
});
const [folder = '', pack = '', out = ''] = positionals;
const [shards, steps, batchSize] = [Number(values.shards), Number(values.steps), Number(values.batch)];
const [seed, threads] = [Number(values.seed), Number(values.threads)];
const collection = await readCollection(folder);
const recordings = collection.recordings.filter(({ use }) => use === 'train' || !values.choose);
const began = performance.now();
const seconds = (): string => ((performance.now() - began) / 1000).toFixed(0);
const mixing = startMixing({ ...collection, recordings }, { pack, seed, shards: shards + VALIDATION_SHARDS, threads });
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
const model = taggerModel(storedParameters(trained.weights, seededParameters(seed)));
await writeFile(join(out, 'tagger.onnx'), serialise(model, { metadata: { 'earsight.recipe': collection.hash } }));
for (const { step, metrics } of trained.card.history) console.log(step, JSON.stringify(metrics));
console.log(`${seconds()} s, ${trained.card.parameters} parameters with the lessons' heads`);
