import type { WindowEnds } from '../manifest/manifest.js';
import type { SoundWindow } from '../runtime/model-spec.js';

/**
 * What an encoder is, seen from a stage: pixels or samples in, embeddings or class scores out. The inference thread
 * behind it (models/runtime) is invisible here.
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

/** Which network stands behind a number, for the report. */
export interface ModelIdentity {
  readonly pack: string;
  readonly name: string;
  readonly role: Role;
  readonly licence: string;
  /** SHA-256 over the hashes of all its files, its class list too: changes when any byte of the model changes. */
  readonly sha256: string;
}

/** The picture an image network wants; ffmpeg makes it, JavaScript never resizes. */
export interface FrameGeometry {
  readonly width: number;
  readonly height: number;
  /**
   * `crop`: scale the short side to `shortSide`, cut width × height from the centre. `letterbox`: fit inside, top-left
   * aligned as YOLOX has it, pad with `pad`, the shorter side only up to a `multiple`. `stretch`: ignore the aspect. `inside`: fit inside, no padding (the frame
   * is then smaller than the box).
   */
  readonly fit: 'crop' | 'letterbox' | 'stretch' | 'inside';
  readonly shortSide?: number;
  readonly pad?: number;
  readonly multiple?: number;
}

/** A stable name of a geometry, used as a file name: equal geometries share one output of ffmpeg. */
export function geometryName(geometry: FrameGeometry): string {
  const { fit, width, height, shortSide, pad, multiple } = geometry;
  const details = fit === 'crop' ? [shortSide] : fit === 'letterbox' ? [pad, multiple] : [];
  return [fit, `${width}x${height}`, ...details].filter((part) => part !== undefined).join('-');
}

/** How the numbers of an encoder are to be read. */
export type ScoreMeaning =
  /** Class scores in [0, 1], each on its own (sigmoid). */
  | 'sigmoid'
  /** Class scores in [0, 1] that sum to one. */
  | 'softmax'
  /** An L2-normalised embedding, to be compared with text embeddings. */
  | 'embedding';

/** rgb24 frames in, one row of `width` float32 a frame out. */
export interface FrameEncoder {
  readonly identity: ModelIdentity;
  readonly geometry: FrameGeometry;
  readonly meaning: ScoreMeaning;
  /** Numbers a row. */
  readonly width: number;
  /** Class names of the row; empty for an embedding. */
  readonly classes: readonly string[];
  /** `frames`: count × height × width × 3 uint8. Resolves to [count, width]. Batches across callers. */
  encode(frames: Uint8Array, count: number, signal?: AbortSignal): Promise<Float32Array>;
}

export type { SoundWindow };

/** Mono sound in, one row of `width` float32 a window out. */
export interface SoundEncoder {
  readonly identity: ModelIdentity;
  readonly sampleRateHz: number;
  /** The score from which a class counts as present, where the network was trained for one. */
  readonly presentFrom?: number;
  /** Widths of the windows, in seconds, that the encoder looks at around a segment; the pack's parameter. */
  readonly windowsSec: readonly number[];
  /** What a window does that would reach over an end of the sound. */
  readonly ends: WindowEnds;
  /** What the network says of segments whose loudest tenth of a second lies below does not count. */
  readonly quietestDbfs?: number;
  readonly meaning: ScoreMeaning;
  readonly width: number;
  readonly classes: readonly string[];
  /**
   * Windows of one stretch of sound, samples in [-1, 1], in any order and of any lengths. What windows share is computed
   * once. A window that reaches past the end of the sound sees zeros there. Resolves to [windows, width].
   */
  encode(sound: Float32Array, windows: readonly SoundWindow[], signal?: AbortSignal): Promise<Float32Array>;
}

/** In fractions of the upright display picture, 0..1. */
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

/** A point of a body, in fractions of the upright display picture; outside it where the picture cuts the body off. */
export interface BodyPoint {
  readonly confidence: number;
  readonly x: number;
  readonly y: number;
}

/** One frame and the people that a detector has found in it. */
export interface PeopleInFrame {
  /** rgb24 in the network's geometry. */
  readonly frame: Uint8Array;
  readonly people: readonly Box[];
}

interface PersonNetwork {
  readonly identity: ModelIdentity;
  readonly geometry: FrameGeometry;
  /** The confidence from which a face or a point counts as there. */
  readonly presentFrom: number;
}

export interface FaceFinder extends PersonNetwork {
  /** `displayAspect`: as for ObjectDetector. One list a frame: the faces of all its people, the surest first, each once. */
  find(
    looks: readonly PeopleInFrame[],
    displayAspect: number,
    signal?: AbortSignal,
  ): Promise<readonly (readonly DetectedFace[])[]>;
}

export interface PoseFinder extends PersonNetwork {
  /** One list a frame of one a person: the points in the order of `body-points.ts`, doubtful ones included. */
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
  /** The confidence from which a thing counts as there; less sure boxes only help to follow it. */
  readonly presentFrom: number;
  /** `displayAspect`: width / height of the upright picture, to undo the letterbox. One list a frame. */
  detect(
    frames: Uint8Array,
    count: number,
    displayAspect: number,
    signal?: AbortSignal,
  ): Promise<readonly (readonly DetectedObject[])[]>;
}

/** Carries its state through one sound track: make one a track, feed it in order. */
export interface SpeechActivity {
  readonly identity: ModelIdentity;
  readonly sampleRateHz: number;
  /** Samples a probability stands for. */
  readonly hopSamples: number;
  open(): SpeechActivityStream;
}

export interface SpeechActivityStream {
  /** Samples in [-1, 1]; a rest shorter than one hop is kept for the next call. One probability a hop. */
  push(samples: Float32Array, signal?: AbortSignal): Promise<Float32Array>;
}

/** The text side of a CLIP- or CLAP-shaped model. */
export interface TextEncoder {
  readonly identity: ModelIdentity;
  /** The prompt, with `{label}` in it. */
  readonly template: string;
  /** exp(logit_scale): logits are this times the cosine. */
  readonly logitScale: number;
  /** L2-normalised: [texts, width]. */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array>;
}
