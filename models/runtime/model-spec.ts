import type { Device } from './devices.js';
import type { SpeechTokens } from './speech/token-rules.js';

/** Element types of the blocks that are sent to an inference thread. */
export type ElementType = 'float32' | 'uint8' | 'int32' | 'int64';
export type Elements = Float32Array | Uint8Array | Int32Array | BigInt64Array;

/** Converts rgb24 frames [height, width, 3] to the planes of the network: `(value / divide − mean) / std`. */
export interface FramePreparation {
  readonly kind: 'frames';
  readonly input: string;
  readonly colour: 'rgb' | 'bgr';
  readonly divide: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** The front end of a sound network, read from the manifest of a pack or from the hub's `preprocessor_config.json`. */
export interface LogMelParameters {
  readonly sampleRateHz: number;
  /** `y[i] = x[i + 1] − preEmphasis · x[i]`, one sample shorter than x; 0 leaves the sound as it is. */
  readonly preEmphasis: number;
  readonly fftSize: number;
  readonly windowSize: number;
  readonly window: 'hann-symmetric' | 'hann-periodic';
  readonly hopSize: number;
  readonly melBins: number;
  /** `kaldi`: triangles linear in mel; `slaney` and `htk`: triangles linear in hertz between corners spaced in mel. */
  readonly melScale: 'kaldi' | 'slaney' | 'htk';
  readonly melNorm: 'none' | 'slaney';
  readonly minHz: number;
  readonly maxHz: number;
  /** `ln`: `(ln(power + offset) + shift) / scale`; `decibel`: `(10 log10(max(offset, power)) + shift) / scale`. */
  readonly log: 'ln' | 'decibel';
  readonly logOffset: number;
  readonly shift: number;
  readonly scale: number;
}

/** A window of a stretch of sound, in samples from the start of the stretch. */
export interface SoundWindow {
  readonly start: number;
  readonly length: number;
}

/**
 * Converts windows of a stretch of sound to log-mel spectrograms. Blocks of an item: the samples, float32 [samples], and
 * its windows, int32 [windows, 2] (start, length; rows of length 0 are skipped). Outputs: one row per window, [windows, …].
 */
export interface SoundPreparation {
  readonly kind: 'sound';
  readonly input: string;
  /** Largest number of windows in one run of the network. They have one length and come from all items of a batch. */
  readonly windowsAtOnce: number;
  readonly mel: LogMelParameters;
  /** `[1, bands, frames]` or `[1, frames, bands]`. */
  readonly layout: 'bands-frames' | 'frames-bands';
  /**
   * Repeats a shorter window as often as it fits as a whole, and fills up with silence (CLAP's `repeatpad`); cuts a longer
   * one.
   */
  readonly repeatToSamples: number | null;
}

/** Stacks the tensors of the items along a new first axis and leaves their values alone. */
export interface TensorPreparation {
  readonly kind: 'tensors';
  readonly inputs: readonly { readonly name: string; readonly type: ElementType }[];
}

/**
 * Runs a recurrent network over the hops of one piece of a track and carries its state from hop to hop. Blocks of an item:
 * samples (a multiple of `hop`), the last `context` samples before them, the state. Outputs: one score per hop, and the new
 * state.
 */
export interface StreamPreparation {
  readonly kind: 'stream';
  readonly input: string;
  readonly hop: number;
  readonly context: number;
  readonly state: { readonly input: string; readonly output: string; readonly layers: number; readonly width: number };
  /** A scalar int64 input for the sample rate, such as Silero's `sr`. */
  readonly rate: { readonly input: string; readonly sampleRateHz: number };
}

/** A transcriber of Whisper's shape: `path` of the spec is the encoder. `speech/speech-runner.ts` says what its blocks are. */
export interface SpeechPreparation {
  readonly kind: 'speech';
  readonly decoderPath: string;
  readonly sampleRateHz: number;
  readonly melBins: number;
  /** Frames of the spectrogram of a window, 10 ms each. */
  readonly frames: number;
  /** Steps of the encoder's output. */
  readonly soundSteps: number;
  /** Attention heads of a layer of the decoder, and their width. */
  readonly heads: number;
  readonly headWidth: number;
  /** Pairs of layer and head whose attention follows the sound. */
  readonly alignmentHeads: readonly (readonly [number, number])[];
  readonly tokens: SpeechTokens;
  readonly maxTokens: number;
}

export type Preparation =
  FramePreparation | SoundPreparation | TensorPreparation | StreamPreparation | SpeechPreparation;

/** How the thread converts the first output before it sends it back. */
export type Finish =
  | { readonly kind: 'none' }
  /** Applied to each row. */
  | { readonly kind: 'sigmoid' | 'softmax' | 'l2' }
  /** A raw YOLOX grid to boxes after suppression: rows of `maxBoxes × 6` (class, score, x, y, width, height in pixels). */
  | {
      readonly kind: 'yolox';
      readonly size: number;
      readonly strides: readonly number[];
      readonly minScore: number;
      readonly maxOverlap: number;
      readonly maxBoxes: number;
    }
  /** CenterNet's maps [classes + 4, height / stride, width / stride] to the same rows. */
  | {
      readonly kind: 'centernet';
      readonly stride: number;
      readonly classes: number;
      readonly minScore: number;
      readonly maxOverlap: number;
      readonly maxBoxes: number;
    };

export interface ModelSpec {
  /** For messages and statistics. */
  readonly name: string;
  readonly path: string;
  readonly preparation: Preparation;
  /** Outputs to send back, in this order; `finish` is applied to the first. */
  readonly outputs: readonly string[];
  readonly finish: Finish;
  /** Largest number of items in a batch. */
  readonly maxBatch: number;
  /** Whether the batch axis of the network is fixed at 1, so that the thread loops over the items of a batch. */
  readonly singly?: boolean;
  /** Batches of one item that are run once before the model is ready. A block without `data` is zeros. */
  readonly warmUp: readonly (readonly WarmUpBlock[])[];
}

export interface BlockShape {
  readonly type: ElementType;
  /** Without the item axis. */
  readonly dims: readonly number[];
}

export interface WarmUpBlock extends BlockShape {
  /** Integers that the network's preparation needs, such as the windows of a sound. */
  readonly data?: readonly number[];
}

/** One input of a call: `count` items of shape `dims`, one after another. */
export interface Block extends BlockShape {
  readonly data: Elements;
}

/** One output, [count, …dims]. */
export interface Result {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** Where the nodes of a model run: `mixed` means that ONNX Runtime placed some of them on the cpu. */
export type Placement = 'all' | 'mixed';

export interface ModelReport {
  readonly model: string;
  readonly device: Device;
  readonly placement: Placement;
  readonly inputNames: readonly string[];
}

export function elementsIn(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

export function newElements(type: ElementType, count: number): Elements {
  switch (type) {
    case 'float32':
      return new Float32Array(count);
    case 'uint8':
      return new Uint8Array(count);
    case 'int32':
      return new Int32Array(count);
    case 'int64':
      return new BigInt64Array(count);
  }
}
