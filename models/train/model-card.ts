import type { Evaluation } from './checkpoint.js';
import type { EarlyStopping, Settings } from './options.js';
import type { OuterOptions } from './outer-step.js';

/** Written as JSON beside the ONNX file: where its numbers come from. */
export interface ModelCard {
  readonly name: string;
  /** SHA-256 of the ONNX file. */
  readonly modelSha256: string;
  readonly networkFingerprint: string;
  readonly parameters: number;
  /** SHA-256 of the training data. */
  readonly dataHash: string;
  readonly options: Settings & {
    readonly earlyStopping?: EarlyStopping;
    /** Of a data-parallel run. */
    readonly workers?: number;
    readonly localSteps?: number;
    readonly outer?: OuterOptions;
  };
  readonly stepsTaken: number;
  readonly stopped: 'finished' | 'early' | 'cancelled';
  /** The step whose parameters the file holds. */
  readonly keptStep: number;
  /** On the validation batches, of the kept parameters; the last training loss where there is no validation. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly history: readonly Evaluation[];
  readonly device: string;
  readonly onnxruntime: string;
  /** Of this run: a resumed run does not count what came before. */
  readonly wallTimeSec: number;
}
