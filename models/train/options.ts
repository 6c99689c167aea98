import { ADAMW_DEFAULTS, type AdamwOptions, type Schedule } from './adamw.js';
import type { DeviceRequest } from '../runtime/devices.js';

export interface EarlyStopping {
  /** A metric of the network on the validation batches, or `loss`. */
  readonly metric: string;
  readonly better: 'lower' | 'higher';
  /** Number of evaluations without a new best result after which the run stops. */
  readonly patience: number;
}

export interface TrainOptions extends Partial<AdamwOptions>, Partial<Schedule> {
  readonly steps: number;
  readonly seed?: number;
  readonly device?: DeviceRequest;
  /** Threads per operator on the cpu. */
  readonly threads?: number;
  /** Steps between evaluations on the validation batches, if there are any. */
  readonly evaluateEvery?: number;
  readonly earlyStopping?: EarlyStopping;
  /** Folder for model, card and checkpoint. Without it nothing is written. */
  readonly folder?: string;
  readonly checkpointEvery?: number;
  /** Continue from the checkpoint in the folder, if there is one. */
  readonly resume?: boolean;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

export interface Progress {
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
  readonly stepMs: number;
}

/** Options with all defaults filled in, as the model card records them. */
export type Settings = AdamwOptions &
  Schedule & { readonly seed: number; readonly evaluateEvery: number; readonly checkpointEvery: number };

export function settingsOf(options: TrainOptions): Settings {
  const { steps } = options;
  return {
    steps,
    learningRate: options.learningRate ?? 1e-3,
    warmupSteps: options.warmupSteps ?? Math.ceil(steps / 20),
    finalFraction: options.finalFraction ?? 0,
    beta1: options.beta1 ?? ADAMW_DEFAULTS.beta1,
    beta2: options.beta2 ?? ADAMW_DEFAULTS.beta2,
    epsilon: options.epsilon ?? ADAMW_DEFAULTS.epsilon,
    weightDecay: options.weightDecay ?? ADAMW_DEFAULTS.weightDecay,
    clipNorm: options.clipNorm ?? ADAMW_DEFAULTS.clipNorm,
    seed: options.seed ?? 0,
    evaluateEvery: options.evaluateEvery ?? Math.max(1, Math.ceil(steps / 10)),
    checkpointEvery: options.checkpointEvery ?? Math.max(1, Math.ceil(steps / 10)),
  };
}
