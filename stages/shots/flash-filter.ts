/**
 * Enforces a minimum scene length on a stream of frames that are above the threshold or not (PySceneDetect's FlashFilter
 * in its mode `MERGE`, methods.md C.2): cuts that follow each other too quickly are merged into the last one of them. A
 * length of 0 lets every frame above the threshold through.
 *
 * As in PySceneDetect, a merge that is still open at the end of the video yields no cut.
 */
export class FlashFilter {
  private lastAbove: number | null = null;
  /** Merging starts after the first cut: a flash at the very start is not a scene. */
  private mergeEnabled = false;
  private mergeStart: number | null = null;

  constructor(private readonly minSceneFrames: number) {}

  /** @returns the frame to cut at, this frame or an earlier one; null for no cut. Feed the frames in order. */
  push(frame: number, above: boolean): number | null {
    if (this.minSceneFrames <= 0) return above ? frame : null;
    const lastAbove = this.lastAbove ?? frame;
    const longEnough = frame - lastAbove >= this.minSceneFrames;
    this.lastAbove = above ? frame : lastAbove;
    if (this.mergeStart !== null) {
      if (!longEnough || above || lastAbove - this.mergeStart < this.minSceneFrames) return null;
      this.mergeStart = null;
      return lastAbove;
    }
    if (!above) return null;
    if (longEnough) {
      this.mergeEnabled = true;
      return frame;
    }
    if (this.mergeEnabled) this.mergeStart = frame;
    return null;
  }
}
