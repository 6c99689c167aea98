import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { env } from 'onnxruntime-node';
import { toEarsightError } from '../../pipeline/errors.js';
import { resolveDevice } from '../runtime/devices.js';
import { readCheckpoint } from './checkpoint.js';
import type { TrainingData } from './data.js';
import type { ModelCard } from './model-card.js';
import type { TrainableNetwork } from './network.js';
import { settingsOf } from './options.js';
import type { TrainOptions } from './options.js';
import { buildStepModels, inferenceModel, weightsOf } from './step-models.js';
import { StepThread } from './step-thread.js';
import { runSteps } from './training-loop.js';

export interface Trained {
  readonly card: ModelCard;
  /** The ONNX file: the network's outputs, the kept weights inside. */
  readonly model: Uint8Array;
  readonly weights: ReadonlyMap<string, Float32Array>;
}

/**
 * Trains `network` on `data` in a thread of its own, on the cpu or on a GPU. Keeps the parameters that were best by the
 * early-stopping metric, the last ones without it. With a folder: `<name>.onnx`, `<name>.card.json`, `<name>.checkpoint`.
 * @throws EARSIGHT_TRAIN_DIVERGED when the loss is no longer finite (the checkpoint is then the last good state),
 * EARSIGHT_CHECKPOINT_INVALID, EARSIGHT_TRAIN_DATA for batches of a wrong shape, EARSIGHT_CANCELLED after `signal`.
 */
export async function train(network: TrainableNetwork, data: TrainingData, options: TrainOptions): Promise<Trained> {
  const started = performance.now();
  const settings = settingsOf(options);
  const models = buildStepModels(network, settings.seed, settings);
  const { fingerprint, stateNames } = models;
  const identity = { fingerprint, seed: settings.seed, dataHash: data.hash };
  const path = options.folder === undefined ? undefined : join(options.folder, `${network.name}.checkpoint`);
  if (options.folder !== undefined) await mkdir(options.folder, { recursive: true });
  const from =
    options.resume && path !== undefined && existsSync(path) ? await readCheckpoint(path, identity) : undefined;
  const device = await resolveDevice(options.device ?? 'cpu');
  const thread = await StepThread.start({
    ...{ device, intraOpThreads: options.threads ?? 0, stateNames, state: from?.state ?? models.first },
    ...{ step: models.step, evaluate: models.evaluate, read: models.read },
  });
  const run = { data, options, settings, thread, path, identity };
  try {
    const end = await runSteps(run, from);
    const kept = end.best?.state ?? end.state;
    const weights = weightsOf(kept, models.places);
    const keptStep = end.best?.step ?? end.step;
    const model = inferenceModel(network, settings.seed, weights, { 'earsight.step': String(keptStep) });
    const card: ModelCard = {
      name: network.name,
      modelSha256: createHash('sha256').update(model).digest('hex'),
      networkFingerprint: fingerprint,
      parameters: models.parameterCount,
      dataHash: data.hash,
      options: {
        ...settings,
        ...(options.earlyStopping === undefined ? {} : { earlyStopping: options.earlyStopping }),
      },
      stepsTaken: end.step,
      stopped: end.stopped,
      keptStep,
      metrics: end.history.find(({ step }) => step === keptStep)?.metrics ?? { loss: end.loss },
      history: end.history,
      device,
      onnxruntime: env.versions.node ?? '',
      wallTimeSec: (performance.now() - started) / 1000,
    };
    if (options.folder !== undefined) await writeModel(options.folder, model, card);
    return { card, model, weights };
  } finally {
    await thread.close();
  }
}

async function writeModel(folder: string, model: Uint8Array, card: ModelCard): Promise<void> {
  try {
    await writeFile(join(folder, `${card.name}.onnx`), model);
    await writeFile(join(folder, `${card.name}.card.json`), `${JSON.stringify(card, null, 2)}\n`);
  } catch (error) {
    throw toEarsightError(error, folder);
  }
}
