import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { env } from 'onnxruntime-node';
import { toEarsightError } from '../../core/errors.js';
import type { ModelCard } from './model-card.js';
import type { TrainableNetwork } from './network.js';
import { inferenceModel, weightsOf, type StepModels } from './step-models.js';
import type { StepsEnd } from './training-loop.js';

export interface Trained {
  readonly card: ModelCard;
  /** The bytes of the ONNX file: the network's outputs, with the kept weights. */
  readonly model: Uint8Array;
  readonly weights: ReadonlyMap<string, Float32Array>;
}

/** The entries of the card that are not known from the network and the end of the run. */
export type TrainingContext = Pick<ModelCard, 'dataHash' | 'options' | 'device'> & {
  /** `performance.now()` when the run began. */
  readonly started: number;
  readonly folder: string | undefined;
};

/** Makes the model of the kept weights and its card, and writes both to the folder if there is one. */
export async function writeTrained(
  network: TrainableNetwork,
  models: StepModels,
  end: StepsEnd,
  { dataHash, options, device, started, folder }: TrainingContext,
): Promise<Trained> {
  const weights = weightsOf(end.best?.state ?? end.state, models.places);
  const keptStep = end.best?.step ?? end.step;
  const model = inferenceModel(network, options.seed, weights, { 'earsight.step': String(keptStep) });
  const card: ModelCard = {
    name: network.name,
    modelSha256: createHash('sha256').update(model).digest('hex'),
    networkFingerprint: models.fingerprint,
    parameters: models.parameterCount,
    dataHash,
    options,
    stepsTaken: end.step,
    stopped: end.stopped,
    keptStep,
    metrics: end.history.find(({ step }) => step === keptStep)?.metrics ?? { loss: end.loss },
    history: end.history,
    device,
    onnxruntime: env.versions.node ?? '',
    wallTimeSec: (performance.now() - started) / 1000,
  };
  if (folder !== undefined) await write(folder, model, card);
  return { card, model, weights };
}

async function write(folder: string, model: Uint8Array, card: ModelCard): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${card.name}.onnx`), model);
    await writeFile(join(folder, `${card.name}.card.json`), `${JSON.stringify(card, null, 2)}\n`);
  } catch (error) {
    throw toEarsightError(error, folder);
  }
}
