import { FlashFilter } from './flash-filter.js';

/** Finds cuts in a stream of content scores; feed every frame of a video in order, counted from 0. */
export interface CutDetector {
  readonly name: 'content' | 'adaptive';
  readonly threshold: number;
  readonly minSceneFrames: number;
  /**
   * @param score the content score of the frame against the previous frame, 0..255; 0 for the first frame
   * @returns the frame that begins a new shot, this frame or an earlier one; null when no cut was decided
   */
  push(frame: number, score: number): number | null;
}

/** PySceneDetect's default: no scene is shorter than 15 frames. */
export const DEFAULT_MIN_SCENE_FRAMES = 15;

/** PySceneDetect's default for the content detector: mean change of a pixel, 0..255. A larger value finds fewer cuts. */
const DEFAULT_CONTENT_THRESHOLD = 27;

/** PySceneDetect's ContentDetector: a cut wherever the score reaches the threshold, behind a flash filter. */
export class ContentDetector implements CutDetector {
  readonly name = 'content';
  private readonly filter: FlashFilter;

  constructor(
    readonly threshold: number = DEFAULT_CONTENT_THRESHOLD,
    readonly minSceneFrames: number = DEFAULT_MIN_SCENE_FRAMES,
  ) {
    this.filter = new FlashFilter(minSceneFrames);
  }

  push(frame: number, score: number): number | null {
    return this.filter.push(frame, score >= this.threshold);
  }
}

/** PySceneDetect's defaults for the adaptive detector: the ratio to the neighbouring scores, and the smallest score of a cut. */
const DEFAULT_ADAPTIVE_THRESHOLD = 3;
const MIN_CONTENT_SCORE = 15;
/** The score of a frame is compared with the mean score of this many frames on either side. */
export const ADAPTIVE_WINDOW = 2;
/** PySceneDetect's cap for the ratio, also used where the neighbours have no score. */
const MAX_RATIO = 255;
/** A mean below this counts as zero, so that it is never divided by. */
const EPSILON = 1e-5;

/**
 * PySceneDetect's AdaptiveDetector: a cut is a score that stands out from the two before it and the two after it. A
 * moving camera raises all five scores and therefore makes no cut. The last two frames of a video are never decided.
 */
export class AdaptiveDetector implements CutDetector {
  readonly name = 'adaptive';
  private readonly scores: number[] = [];
  private lastCut: number | null = null;

  constructor(
    readonly threshold: number = DEFAULT_ADAPTIVE_THRESHOLD,
    readonly minSceneFrames: number = DEFAULT_MIN_SCENE_FRAMES,
  ) {}

  push(frame: number, score: number): number | null {
    this.lastCut ??= frame;
    this.scores.push(score);
    if (this.scores.length < 2 * ADAPTIVE_WINDOW + 1) return null;
    if (this.scores.length > 2 * ADAPTIVE_WINDOW + 1) this.scores.shift();
    const centre = this.scores[ADAPTIVE_WINDOW] ?? 0;
    const neighbours = (this.scores.reduce((sum, value) => sum + value, 0) - centre) / (2 * ADAPTIVE_WINDOW);
    const isPeak = centre >= MIN_CONTENT_SCORE && ratio(centre, neighbours) >= this.threshold;
    // The distance is taken at the newest frame of the window while the cut lies at its centre (methods.md C.2).
    if (!isPeak || frame - this.lastCut < this.minSceneFrames) return null;
    this.lastCut = frame - ADAPTIVE_WINDOW;
    return this.lastCut;
  }
}

function ratio(score: number, neighbours: number): number {
  return neighbours < EPSILON ? MAX_RATIO : Math.min(score / neighbours, MAX_RATIO);
}
