import { existsSync } from 'node:fs';
import { EarsightError } from '../../core/errors.js';
import { resolveDevice } from '../runtime/devices.js';
import { checkpointPath, readCheckpoint } from './checkpoint.js';
import type { TrainingData } from './data.js';
import type { TrainableNetwork } from './network.js';
import { settingsOf, type EarlyStopping, type TrainOptions } from './options.js';
import { buildStepModels } from './step-models.js';
import { StepThread } from './step-thread.js';
import { writeTrained, type Trained } from './trained.js';
import { runSteps } from './training-loop.js';

/**
 * Trains `network` on `data` in a thread of its own, on the cpu or on a GPU. Keeps the parameters with the best value of the
 * early-stopping metric, or the last ones without early stopping. With a folder it writes `<name>.onnx`, `<name>.card.json` and
 * `<name>.checkpoint`.
 * @throws EARSIGHT_TRAIN_DIVERGED when the loss is no longer finite (the checkpoint is then the last good state),
 * EARSIGHT_CHECKPOINT_INVALID, EARSIGHT_TRAIN_DATA for batches of a wrong shape, EARSIGHT_CANCELLED after `signal`.
 */
export async function train(network: TrainableNetwork, data: TrainingData, options: TrainOptions): Promise<Trained> {
  const started = performance.now();
  const settings = settingsOf(options);
  const { folder, earlyStopping } = options;
  const device = await resolveDevice(options.device ?? 'cpu');
  const resident = data.resident?.arrays;
  const models = buildStepModels(network, settings.seed, {
    optimiser: settings,
    device,
    ...(resident === undefined ? {} : { resident }),
  });
  if (earlyStopping !== undefined) checkStopping(earlyStopping, models.metricNames, data);
  const identity = { fingerprint: models.fingerprint, seed: settings.seed, dataHash: data.hash };
  const path = await checkpointPath(folder, network.name);
  const resumable = options.resume && path !== undefined && existsSync(path);
  const from = resumable ? await readCheckpoint(path, identity) : undefined;
  if (from !== undefined && !models.stateNames.every((name) => name in from.state))
    throw new EarsightError('EARSIGHT_CHECKPOINT_INVALID', {
      path: path ?? '',
      reason: 'it was made by a run of workers',
    });
  const place = { device, threads: options.threads ?? 0, ...(resident === undefined ? {} : { resident }) };
  const thread = await StepThread.start(models, place, from?.state);
  try {
    const end = await runSteps({ data, options, settings, thread, path, identity }, from);
    const recorded = { ...settings, ...(earlyStopping === undefined ? {} : { earlyStopping }) };
    return await writeTrained(network, models, end, {
      dataHash: data.hash,
      options: recorded,
      device,
      started,
      folder,
    });
  } finally {
    await thread.close();
  }
}

function checkStopping({ metric }: EarlyStopping, metrics: readonly string[], data: TrainingData): void {
  if (metric !== 'loss' && !metrics.includes(metric))
    throw new EarsightError('EARSIGHT_TRAIN_DATA', { reason: `the network has no metric ${metric}` });
  if ((data.validation?.() ?? []).length === 0)
    throw new EarsightError('EARSIGHT_TRAIN_DATA', { reason: 'early stopping needs validation batches' });
}
