import { compareInstants, rational, type Instant } from '../../../core/time.js';
import { readFrameTimes, type FrameTime } from '../ffmpeg/framecrc.js';
import type { FrameGrid } from '../timeline/frame-grid.js';
import { isShared, type PictureSpan } from './picture-span.js';

export interface SpanReport {
  /** Decoded frames that begin before the span … */
  readonly lead: number;
  /** … and in it; what follows belongs to the next one. */
  readonly own: number;
  /** Every frame had a time, later than that of the one before. */
  readonly ordered: boolean;
  /** Time, size and checksum of the full-size frames before its begin, which the span before decodes too … */
  readonly head: readonly string[];
  /** … and of those before its end, which the span after it decodes too. */
  readonly tail: readonly string[];
}

/** Stands between the clock and the grid of a span: says which frames are its own, and what its neighbours must have seen. */
export class SpanWatch {
  private lead = 0;
  private own = 0;
  private last: Instant | null = null;
  private ordered = true;
  private readonly head: string[] = [];
  private readonly tail: string[] = [];

  constructor(
    private readonly span: PictureSpan,
    private readonly grid: FrameGrid,
  ) {}

  add(start: Instant): void {
    const { begin, end, firstSegment } = this.span;
    if (this.last && compareInstants(start, this.last) <= 0) this.ordered = false;
    this.last = start;
    // Frames before 0:00 belong to the first span.
    if (firstSegment > 0 && compareInstants(start, begin) < 0) this.lead += 1;
    else if (end === null || compareInstants(start, end) < 0) this.own += 1;
    this.grid.add(start);
  }

  readonly consumeSums = readFrameTimes((frame) => {
    const { begin, end } = this.span;
    if (frame.start && isShared(frame.start, begin)) this.head.push(signed(frame, frame.start));
    if (frame.start && end && isShared(frame.start, end)) this.tail.push(signed(frame, frame.start));
  });

  report(): SpanReport {
    const { lead, own, ordered, head, tail } = this;
    return { lead, own, ordered, head, tail };
  }
}

function signed({ sum }: FrameTime, { ticks, base }: Instant): string {
  const { num, den } = rational(base.num, base.den);
  return `${ticks}*${num}/${den} ${sum}`;
}
