import { rescale, toSeconds, type Instant, type Rational } from '../../../core/time.js';

/** Which decoded frame each stored frame is; complete when the picture has ended. */
export interface GridResult {
  /** Presentation times of the distinct frames, in order of their first use. */
  readonly timesSec: readonly number[];
  /** For the frame at position i of the raw files: its index in `timesSec`; -1 where no frame had begun yet. */
  readonly shown: readonly number[];
}

/**
 * Computes from the exact frame times which frames the `fps` filter of `pictureGraph` emits: at the tick in the middle of
 * a segment, the last frame that began at or before it. ffmpeg stores the pixels; this class says which frame they belong
 * to. It keeps one number per segment.
 */
export class FrameGrid {
  private readonly halfSegment: Rational;
  private tick = 0;
  private current: { tick: number; timeSec: number } | null = null;
  private readonly times: number[] = [];
  private readonly shown: number[] = [];
  /** Index in `times` of the current frame; -1 until it is emitted. */
  private stored = -1;

  /** @param firstSegment no frame is emitted for the segments before it */
  constructor(
    segment: Rational,
    private readonly firstSegment = 0,
  ) {
    this.halfSegment = { num: segment.num, den: 2 * segment.den };
  }

  /** Call it for every frame, in decoding order. */
  add(start: Instant): void {
    const tick = rescale(start, this.halfSegment, 'ceil').ticks;
    while (this.current && tick > this.tick) this.emit(this.current);
    this.current = { tick, timeSec: toSeconds(start) };
    this.stored = -1;
  }

  /** @param storedCount how many frames ffmpeg stored: it repeats the last one until its filters end */
  finish(storedCount: number): GridResult {
    while (this.current && this.shown.length < storedCount) this.emit(this.current);
    this.shown.length = Math.min(this.shown.length, storedCount);
    return { timesSec: this.times, shown: this.shown };
  }

  private emit(frame: { tick: number; timeSec: number }): void {
    const middle = this.tick % 2 === 1 && this.tick > 2 * this.firstSegment;
    const begun = frame.tick <= this.tick;
    this.tick += 1;
    if (!middle) return;
    if (begun && this.stored < 0) this.stored = this.times.push(frame.timeSec) - 1;
    this.shown.push(begun ? this.stored : -1);
  }
}
