export type FlashMode = 'merge' | 'suppress';

/**
 * Enforces a minimum scene length on a stream of "above the threshold" verdicts (PySceneDetect's FlashFilter, methods.md
 * C.2). `merge` joins cuts that follow each other too quickly into the last of them; `suppress` drops them until the
 * length has passed. A length of 0 lets every verdict through.
 *
 * A merge that the end of the video interrupts yields no cut, as published.
 */
export class FlashFilter {
  private lastAbove: number | null = null;
  /** Merging waits for a first cut: a flash at the very start is not a scene. */
  private mergeEnabled = false;
  private mergeStart: number | null = null;

  constructor(
    private readonly mode: FlashMode,
    private readonly minSceneFrames: number,
  ) {}

  /** @returns the frame to cut at, this one or an earlier one; null for none. Feed frames in order. */
  push(frame: number, above: boolean): number | null {
    if (this.minSceneFrames <= 0) return above ? frame : null;
    this.lastAbove ??= frame;
    return this.mode === 'merge'
      ? this.merge(frame, above, this.lastAbove)
      : this.suppress(frame, above, this.lastAbove);
  }

  private suppress(frame: number, above: boolean, lastCut: number): number | null {
    if (!above || frame - lastCut < this.minSceneFrames) return null;
    this.lastAbove = frame;
    return frame;
  }

  private merge(frame: number, above: boolean, lastAbove: number): number | null {
    const met = frame - lastAbove >= this.minSceneFrames;
    if (above) this.lastAbove = frame;
    if (this.mergeStart !== null) {
      if (!met || above || lastAbove - this.mergeStart < this.minSceneFrames) return null;
      this.mergeStart = null;
      return lastAbove;
    }
    if (!above) return null;
    if (met) {
      this.mergeEnabled = true;
      return frame;
    }
    if (this.mergeEnabled) this.mergeStart = frame;
    return null;
  }
}
