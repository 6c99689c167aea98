import type { AudioFile } from '../../core/schemas/audio.js';
import type { ScoresFile } from '../../core/schemas/scores.js';
import type { Synchrony } from '../../measures/index.js';

/** What is measured of one video, from which its scores follow. */
export interface Measured {
  readonly durationSec: number;
  readonly hasPicture: boolean;
  readonly hasSound: boolean;
  readonly onlyKeyFrames: boolean;
  readonly audio: AudioFile;
  /** Mean change of the picture at each frame, in 8-bit luma; at index 0 the first frame. */
  readonly change: readonly number[];
  readonly framesPerSec: number;
  readonly synchrony: readonly Synchrony[];
  readonly windowSec: number;
  readonly faults: ScoresFile['faults'];
}
