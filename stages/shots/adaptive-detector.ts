import { MIN_SCENE_FRAMES, type CutDetector } from './cut-detector.js';

/** PySceneDetect's defaults: how many times its surroundings a score must be, and at least how large. */
export const ADAPTIVE_THRESHOLD = 3;
const MIN_CONTENT_SCORE = 15;
/** Frames on either side whose scores a frame is compared with. */
const WINDOW = 2;
const LARGEST_RATIO = 255;
const NOTHING = 1e-5;

/**
 * PySceneDetect's AdaptiveDetector: a cut is a score that stands out from the two before and the two after it, so that
 * a moving camera, which raises all five, makes none. The last two frames of a video are never judged.
 */
export class AdaptiveDetector implements CutDetector {
  readonly name = 'adaptive';
  private readonly scores: number[] = [];
  private lastCut: number | null = null;

  constructor(
    readonly threshold: number = ADAPTIVE_THRESHOLD,
    readonly minSceneFrames: number = MIN_SCENE_FRAMES,
  ) {}

  push(frame: number, score: number): number | null {
    this.lastCut ??= frame;
    this.scores.push(score);
    if (this.scores.length < 2 * WINDOW + 1) return null;
    if (this.scores.length > 2 * WINDOW + 1) this.scores.shift();
    const centre = this.scores[WINDOW] ?? 0;
    const around = (this.scores.reduce((sum, value) => sum + value, 0) - centre) / (2 * WINDOW);
    const stands = centre >= MIN_CONTENT_SCORE && ratio(centre, around) >= this.threshold;
    // The distance is taken at the newest frame of the window while the cut lies at its centre (methods.md C.2).
    if (!stands || frame - this.lastCut < this.minSceneFrames) return null;
    this.lastCut = frame - WINDOW;
    return this.lastCut;
  }
}

function ratio(score: number, around: number): number {
  return around < NOTHING ? LARGEST_RATIO : Math.min(score / around, LARGEST_RATIO);
}
