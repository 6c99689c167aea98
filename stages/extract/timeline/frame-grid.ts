import { rescale, toSeconds, type Instant, type Rational } from '../../../core/time.js';

/** What is known when the picture has ended: which frame each handed-out frame is. */
export interface GridResult {
  /** Presentation times of the distinct frames, in order of their first use. */
  readonly timesSec: readonly number[];
  /** For the frame at position i of the raw files: its index in `timesSec`; -1 when it had not begun by then. */
  readonly shown: readonly number[];
}

/**
 * Mirrors, frame by frame, what the `fps` filter of `pictureGraph` hands out, from the exact times alone: at the tick in
 * the middle of a segment the last frame that began at or before it. ffmpeg stores the pixels; this knows whose they are.
 * Keeps one number a segment.
 */
export class FrameGrid {
  private readonly halfSegment: Rational;
  private tick = 0;
  private current: { tick: number; timeSec: number } | null = null;
  private readonly times: number[] = [];
  private readonly shown: number[] = [];
  /** Index in `times` of the current frame; -1 until it is handed out. */
  private stored = -1;

  /** @param firstSegment middles of the segments before it are not handed out */
  constructor(
    segment: Rational,
    private readonly firstSegment = 0,
  ) {
    this.halfSegment = { num: segment.num, den: 2 * segment.den };
  }

  /** Frames in the order they are decoded. */
  add(start: Instant): void {
    const tick = rescale(start, this.halfSegment, 'ceil').ticks;
    while (this.current && tick > this.tick) this.handOut(this.current);
    this.current = { tick, timeSec: toSeconds(start) };
    this.stored = -1;
  }

  /** @param handedOut how many frames ffmpeg stored: the last one is repeated until its filters end */
  finish(handedOut: number): GridResult {
    while (this.current && this.shown.length < handedOut) this.handOut(this.current);
    this.shown.length = Math.min(this.shown.length, handedOut);
    return { timesSec: this.times, shown: this.shown };
  }

  private handOut(frame: { tick: number; timeSec: number }): void {
    const middle = this.tick % 2 === 1 && this.tick > 2 * this.firstSegment;
    const begun = frame.tick <= this.tick;
    this.tick += 1;
    if (!middle) return;
    if (begun && this.stored < 0) this.stored = this.times.push(frame.timeSec) - 1;
    this.shown.push(begun ? this.stored : -1);
  }
}
