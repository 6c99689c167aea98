import type { Evaluation } from './checkpoint.js';
import type { EarlyStopping, Settings } from './options.js';
import type { OuterOptions } from './outer-step.js';

/** The JSON file beside the ONNX file that says how the model was made. */
export interface ModelCard {
  readonly name: string;
  /** SHA-256 of the ONNX file. */
  readonly modelSha256: string;
  readonly networkFingerprint: string;
  readonly parameters: number;
  /** The hash of `TrainingData`. */
  readonly dataHash: string;
  readonly options: Settings & {
    readonly earlyStopping?: EarlyStopping;
    /** Number of workers of a data-parallel run. */
    readonly workers?: number;
    readonly localSteps?: number;
    readonly outer?: OuterOptions;
  };
  readonly stepsTaken: number;
  readonly stopped: 'finished' | 'early' | 'cancelled';
  /** The step whose parameters the model has. */
  readonly keptStep: number;
  /** Metrics of the kept parameters on the validation batches; without validation the last training loss. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly history: readonly Evaluation[];
  readonly device: string;
  readonly onnxruntime: string;
  /** Duration of this run; a resumed run does not include earlier runs. */
  readonly wallTimeSec: number;
}
