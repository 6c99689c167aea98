import { MIN_SCENE_FRAMES, type CutDetector } from './cut-detector.js';
import { FlashFilter, type FlashMode } from './flash-filter.js';

/** PySceneDetect's default: mean change of a pixel, 0..255, that makes a cut. A larger one finds fewer cuts. */
export const CONTENT_THRESHOLD = 27;

/** PySceneDetect's ContentDetector: a cut wherever the score reaches the threshold, behind a flash filter. */
export class ContentDetector implements CutDetector {
  readonly name = 'content';
  private readonly filter: FlashFilter;

  constructor(
    readonly threshold: number = CONTENT_THRESHOLD,
    readonly minSceneFrames: number = MIN_SCENE_FRAMES,
    mode: FlashMode = 'merge',
  ) {
    this.filter = new FlashFilter(mode, minSceneFrames);
  }

  push(frame: number, score: number): number | null {
    return this.filter.push(frame, score >= this.threshold);
  }
}
