/** Finds cuts in a stream of content scores; feed every frame of a video in order, counted from 0. */
export interface CutDetector {
  readonly name: 'content' | 'adaptive';
  readonly threshold: number;
  readonly minSceneFrames: number;
  /**
   * @param score the content score of the frame against the one before it (content-score.ts), 0 for the first
   * @returns the frame that begins a new shot, this one or an earlier one; null for none
   */
  push(frame: number, score: number): number | null;
}

/** PySceneDetect's default: no scene is shorter than 15 frames. */
export const MIN_SCENE_FRAMES = 15;
