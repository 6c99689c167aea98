import type { ScaledPicture } from '../picture/picture-geometry.js';

/** One raw file of frames in the artefact. */
export interface StoredFrames {
  readonly geometry: string;
  readonly file: string;
  readonly picture: ScaledPicture;
}

/** One raw file of mono 16-bit samples in the artefact. */
export interface StoredWave {
  readonly sampleRateHz: number;
  readonly file: string;
}
