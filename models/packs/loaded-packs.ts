import type {
  FaceFinder,
  FrameEncoder,
  FrameGeometry,
  ModelIdentity,
  ObjectDetector,
  PoseFinder,
  SoundEncoder,
  SpeechActivity,
  TextEncoder,
  Transcriber,
} from '../encoders/encoder.js';

/**
 * A stack of packs whose manifests were read and whose files were checked, before any session exists. This is cheap, and a
 * run with nothing to do never loads a network.
 */
export interface ResolvedPacks {
  readonly names: readonly string[];
  readonly identities: readonly ModelIdentity[];
  /** The geometries that frame encoders and detectors need, without duplicates. */
  readonly geometries: readonly FrameGeometry[];
  /** The sample rates that sound encoders and the speech detector need, ascending, without duplicates. */
  readonly sampleRatesHz: readonly number[];
}

/** A stack of packs with warm sessions. */
export interface LoadedPacks extends ResolvedPacks {
  readonly device: string;
  readonly frames: readonly FrameEncoder[];
  readonly sounds: readonly SoundEncoder[];
  readonly detectors: readonly ObjectDetector[];
  /** Searches faces of the people that a detector found. */
  readonly faces: FaceFinder | null;
  /** Finds body points of the people that a detector found. */
  readonly poses: PoseFinder | null;
  readonly speech: SpeechActivity | null;
  readonly transcriber: Transcriber | null;
  /** Returns the text side of an embedding encoder, or null for an encoder with classes of its own. */
  textFor(encoder: ModelIdentity): TextEncoder | null;
}
