import type { WindowEnds } from '../manifest/manifest.js';
import type { SoundWindow } from '../runtime/model-spec.js';

/**
 * The roles that networks have for the stages. An encoder takes pixels or samples and returns embeddings or class scores;
 * its interface does not show the inference threads (models/runtime).
 */
export type Role =
  | 'image-text'
  | 'audio-text'
  | 'image-tags'
  | 'audio-tags'
  | 'objects'
  | 'faces'
  | 'poses'
  | 'speech-activity'
  | 'parser'
  | 'captioner'
  | 'transcriber'
  | 'audio-image';

/** Identifies the network that a score comes from, for the report. */
export interface ModelIdentity {
  readonly pack: string;
  readonly name: string;
  readonly role: Role;
  readonly licence: string;
  /** SHA-256 over the hashes of all its files, with its class list: it changes when any byte of the model changes. */
  readonly sha256: string;
}

/** The geometry of the frames that an image network needs. ffmpeg scales them; JavaScript never scales whole frames. */
export interface FrameGeometry {
  readonly width: number;
  readonly height: number;
  /**
   * `crop`: scales the short side to `shortSide` and cuts width × height from the centre. `letterbox`: fits the picture
   * inside, in the top left corner as for YOLOX, and pads with `pad`; with `multiple`, the shorter side is padded only up to
   * the next multiple. `stretch`: ignores the aspect ratio. `inside`: fits the picture inside without padding, so that the
   * frame may be smaller than the box.
   */
  readonly fit: 'crop' | 'letterbox' | 'stretch' | 'inside';
  readonly shortSide?: number;
  readonly pad?: number;
  readonly multiple?: number;
}

/** A stable name of a geometry, used as a file name. Equal geometries share one output of ffmpeg. */
export function geometryName(geometry: FrameGeometry): string {
  const { fit, width, height, shortSide, pad, multiple } = geometry;
  const details = fit === 'crop' ? [shortSide] : fit === 'letterbox' ? [pad, multiple] : [];
  return [fit, `${width}x${height}`, ...details].filter((part) => part !== undefined).join('-');
}

/** The meaning of the numbers that an encoder returns. */
export type ScoreMeaning =
  /** Independent class scores in [0, 1]. */
  | 'sigmoid'
  /** Class scores in [0, 1] that sum to one. */
  | 'softmax'
  /** An L2-normalised embedding, comparable with text embeddings. */
  | 'embedding';

/** Converts rgb24 frames to one row of `width` float32 per frame. */
export interface FrameEncoder {
  readonly identity: ModelIdentity;
  readonly geometry: FrameGeometry;
  readonly meaning: ScoreMeaning;
  /** Numbers per row. */
  readonly width: number;
  /** Class names of the columns; empty for an embedding. */
  readonly classes: readonly string[];
  /** `frames`: count × height × width × 3 uint8. Resolves to [count, width]. Batches contain frames of several callers. */
  encode(frames: Uint8Array, count: number, signal?: AbortSignal): Promise<Float32Array>;
}

export type { SoundWindow };

/** Converts windows of mono sound to one row of `width` float32 per window. */
export interface SoundEncoder {
  readonly identity: ModelIdentity;
  readonly sampleRateHz: number;
  /** The score from which a class counts as present, if the network was trained for one. */
  readonly presentFrom?: number;
  /** Widths, in seconds, of the windows around a segment that are encoded. A parameter of the pack. */
  readonly windowsSec: readonly number[];
  /** How a window that would reach over an end of the sound is handled. */
  readonly ends: WindowEnds;
  /** Scores are ignored for segments whose loudest tenth of a second is quieter than this. */
  readonly quietestDbfs?: number;
  readonly meaning: ScoreMeaning;
  readonly width: number;
  readonly classes: readonly string[];
  /**
   * Encodes windows of one stretch of sound, with samples in [-1, 1]. Windows may have any order and any lengths; frames
   * that they share are computed once. A window that reaches past the end of the sound sees zeros there. Resolves to
   * [windows, width].
   */
  encode(sound: Float32Array, windows: readonly SoundWindow[], signal?: AbortSignal): Promise<Float32Array>;
}

/** In fractions of the upright displayed picture, 0 to 1. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface DetectedObject extends Box {
  readonly label: string;
  readonly confidence: number;
}

export interface DetectedFace extends Box {
  readonly confidence: number;
}

/** A body point in fractions of the upright displayed picture. It lies outside where the picture cuts the body off. */
export interface BodyPoint {
  readonly confidence: number;
  readonly x: number;
  readonly y: number;
}

/** One frame, and the people that a detector found in it. */
export interface PeopleInFrame {
  /** rgb24, in the geometry of the network. */
  readonly frame: Uint8Array;
  readonly people: readonly Box[];
}

interface PersonNetwork {
  readonly identity: ModelIdentity;
  readonly geometry: FrameGeometry;
  /** The confidence from which a face or a point counts as present. */
  readonly presentFrom: number;
}

export interface FaceFinder extends PersonNetwork {
  /**
   * Returns one list per frame: the faces of all its people, the most confident first, each once. `displayAspect` is as for
   * ObjectDetector.
   */
  find(
    looks: readonly PeopleInFrame[],
    displayAspect: number,
    signal?: AbortSignal,
  ): Promise<readonly (readonly DetectedFace[])[]>;
}

export interface PoseFinder extends PersonNetwork {
  /**
   * Returns for each frame one list per person: its points in the order of `body-points.ts`, with those of low confidence.
   */
  find(
    looks: readonly PeopleInFrame[],
    displayAspect: number,
    signal?: AbortSignal,
  ): Promise<readonly (readonly (readonly BodyPoint[])[])[]>;
}

export interface ObjectDetector {
  readonly identity: ModelIdentity;
  readonly geometry: FrameGeometry;
  readonly classes: readonly string[];
  /** The confidence from which an object counts as present. Boxes below it only help to track it. */
  readonly presentFrom: number;
  /** Returns one list per frame. `displayAspect`: width / height of the upright picture, to undo the letterbox. */
  detect(
    frames: Uint8Array,
    count: number,
    displayAspect: number,
    signal?: AbortSignal,
  ): Promise<readonly (readonly DetectedObject[])[]>;
}

/** A speech detector. Its streams carry a state: open one per sound track and push the samples in order. */
export interface SpeechActivity {
  readonly identity: ModelIdentity;
  readonly sampleRateHz: number;
  /** Samples per probability. */
  readonly hopSamples: number;
  open(): SpeechActivityStream;
}

export interface SpeechActivityStream {
  /** Takes samples in [-1, 1] and returns one probability per hop. A rest shorter than a hop is kept for the next call. */
  push(samples: Float32Array, signal?: AbortSignal): Promise<Float32Array>;
}

export interface HeardWord {
  readonly text: string;
  readonly startSec: number;
  readonly endSec: number;
}

/** A piece of speech, in seconds from the beginning of its window. */
export interface HeardSegment extends HeardWord {
  /** Mean of the natural logarithms of the probabilities of its tokens. */
  readonly meanLogProbability: number;
  /** Empty where the network does not say when words are spoken. */
  readonly words: readonly HeardWord[];
}

export interface HeardWindow {
  /** ISO 639-1 code. */
  readonly language: string;
  /** How probable the network finds it that nobody speaks in the window. */
  readonly noSpeechProbability: number;
  readonly segments: readonly HeardSegment[];
  /** The text ended by itself, and was not cut off in a loop or at the limit of tokens. */
  readonly finished: boolean;
  /** The sound from here on was left for another window. */
  readonly consumedSec: number;
}

/** Writes down speech. */
export interface Transcriber {
  readonly identity: ModelIdentity;
  readonly sampleRateHz: number;
  /** Longest window. A shorter one costs nearly as much. */
  readonly windowSec: number;
  /** Codes of the languages it knows. */
  readonly languages: readonly string[];
  /**
   * @param samples in [-1, 1], at most a window
   * @param language one of `languages`, or null to let the network decide
   */
  transcribe(samples: Float32Array, language: string | null, signal?: AbortSignal): Promise<HeardWindow>;
}

/** The text side of CLIP or CLAP. */
export interface TextEncoder {
  readonly identity: ModelIdentity;
  /** The prompt, which contains `{label}`. */
  readonly template: string;
  /** exp(logit_scale): a logit is this times the cosine. */
  readonly logitScale: number;
  /** Returns L2-normalised embeddings, [texts, width]. */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array>;
}
