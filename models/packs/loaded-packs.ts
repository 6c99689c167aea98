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
} from '../encoders/encoder.js';

/**
 * A stack of packs after its manifests were read and its files checked, before any session exists: cheap, so that a run
 * with nothing to do never loads a network.
 */
export interface ResolvedPacks {
  readonly names: readonly string[];
  readonly identities: readonly ModelIdentity[];
  /** What the frame encoders and detectors want from ffmpeg, without duplicates. */
  readonly geometries: readonly FrameGeometry[];
  /** What the sound encoders and the speech detector want, ascending, without duplicates. */
  readonly sampleRatesHz: readonly number[];
}

/** Sessions warm and ready. */
export interface LoadedPacks extends ResolvedPacks {
  readonly device: string;
  readonly frames: readonly FrameEncoder[];
  readonly sounds: readonly SoundEncoder[];
  readonly detectors: readonly ObjectDetector[];
  /** What looks at the people that a detector found. */
  readonly faces: FaceFinder | null;
  readonly poses: PoseFinder | null;
  readonly speech: SpeechActivity | null;
  /** The text side of an embedding encoder; null for encoders with classes of their own. */
  textFor(encoder: ModelIdentity): TextEncoder | null;
}
