import type { Span } from '../sound/silences.js';

/** Mean luma, 0 to 255, up to which a picture counts as black: ffmpeg's blackdetect takes pixels below a tenth. */
const BLACK_LUMA = 25.5;
/** Largest change of a pixel, 0 to 255, in the mean: ffmpeg's freezedetect takes -60 dB, a thousandth of full scale. */
const FROZEN_CHANGE = 0.255;
/** Shortest frozen stretch: ffmpeg's default. */
const FROZEN_SEC = 2;
/** Shortest black stretch; a single black frame is a cut of a slide show. */
const BLACK_SEC = 0.1;
/** Change of the mean luma that counts as half a flash: a tenth of the range (WCAG 2.3.1). */
const FLASH_LUMA = 25.5;
/** More than three flashes, which are six opposite changes, within a second (WCAG 2.3.1). */
const MOST_CHANGES = 6;

/** Finds black, frozen and flickering stretches from the measurements of the frames, in order. */
export class PictureFaults {
  private readonly black = new Stretches(BLACK_SEC);
  private readonly frozen = new Stretches(FROZEN_SEC);
  private readonly flickering: Span[] = [];
  /** Times of opposite changes, the newest last. */
  private changes: number[] = [];
  /** Luma at the last turning point, and the direction since then. */
  private extreme: number | null = null;
  private direction = 0;

  /** @param change mean absolute difference to the previous frame, in 8-bit value */
  add(timeSec: number, luma: number, change: number, isFirst: boolean): void {
    this.black.add(timeSec, luma <= BLACK_LUMA);
    this.frozen.add(timeSec, !isFirst && change <= FROZEN_CHANGE);
    this.flash(timeSec, luma);
  }

  finish(endSec: number): { readonly black: Span[]; readonly frozen: Span[]; readonly flickering: Span[] } {
    return { black: this.black.finish(endSec), frozen: this.frozen.finish(endSec), flickering: this.flickering };
  }

  private flash(timeSec: number, luma: number): void {
    this.extreme ??= luma;
    const change = luma - this.extreme;
    const direction = Math.sign(change);
    // A further way in the same direction moves the turning point; a way back of a tenth is half a flash.
    if (direction === this.direction && direction !== 0) this.extreme = luma;
    else if (Math.abs(change) >= FLASH_LUMA) {
      this.extreme = luma;
      this.direction = direction;
      this.changes = [...this.changes.filter((time) => time > timeSec - 1), timeSec];
      if (this.changes.length > MOST_CHANGES) this.mark(this.changes[0] ?? timeSec, timeSec);
    }
  }

  private mark(startSec: number, endSec: number): void {
    const last = this.flickering.at(-1);
    if (last !== undefined && startSec <= last.endSec)
      this.flickering[this.flickering.length - 1] = { startSec: last.startSec, endSec };
    else this.flickering.push({ startSec, endSec });
  }
}

/** Joins moments at which something holds into spans of a least length. */
export class Stretches {
  private readonly spans: Span[] = [];
  private start: number | null = null;

  constructor(private readonly leastSec: number) {}

  add(timeSec: number, holds: boolean): void {
    if (holds) this.start ??= timeSec;
    else this.end(timeSec);
  }

  finish(endSec: number): Span[] {
    this.end(endSec);
    return this.spans;
  }

  private end(endSec: number): void {
    if (this.start !== null && endSec - this.start >= this.leastSec) this.spans.push({ startSec: this.start, endSec });
    this.start = null;
  }
}
