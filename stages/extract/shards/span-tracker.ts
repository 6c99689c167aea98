import { compareInstants, rational, type Instant } from '../../../core/time.js';
import { readFramecrc, type FramecrcEntry } from '../ffmpeg/framecrc.js';
import type { FrameGrid } from '../timeline/frame-grid.js';
import { isShared, type PictureSpan } from './picture-span.js';

export interface SpanReport {
  /** Decoded frames that begin before the span. */
  readonly leadInFrames: number;
  /** Decoded frames that begin within the span. Frames after its end belong to the next span. */
  readonly ownFrames: number;
  /** Whether every frame had a time, later than that of the frame before it. */
  readonly ordered: boolean;
  /** Time, size and checksum of the full-size frames just before the span's beginning, which the span before decodes as well. */
  readonly headChecksums: readonly string[];
  /** The same of the frames just before the span's end, which the span after it decodes as well. */
  readonly tailChecksums: readonly string[];
}

/** Receives a span's frames between the clock and the grid: counts those of the span, and records those it shares with its neighbours. */
export class SpanTracker {
  private leadInFrames = 0;
  private ownFrames = 0;
  private last: Instant | null = null;
  private ordered = true;
  private readonly headChecksums: string[] = [];
  private readonly tailChecksums: string[] = [];

  constructor(
    private readonly span: PictureSpan,
    private readonly grid: FrameGrid,
  ) {}

  add(start: Instant): void {
    const { begin, end, firstSegment } = this.span;
    if (this.last && compareInstants(start, this.last) <= 0) this.ordered = false;
    this.last = start;
    // Frames before 0:00 belong to the first span.
    if (firstSegment > 0 && compareInstants(start, begin) < 0) this.leadInFrames += 1;
    else if (end === null || compareInstants(start, end) < 0) this.ownFrames += 1;
    this.grid.add(start);
  }

  readonly consumeChecksums = readFramecrc((frame) => {
    const { begin, end } = this.span;
    if (frame.start && isShared(frame.start, begin)) this.headChecksums.push(identify(frame, frame.start));
    if (frame.start && end && isShared(frame.start, end)) this.tailChecksums.push(identify(frame, frame.start));
  });

  report(): SpanReport {
    const { leadInFrames, ownFrames, ordered, headChecksums, tailChecksums } = this;
    return { leadInFrames, ownFrames, ordered, headChecksums, tailChecksums };
  }
}

/** Exact time in lowest terms, so that two spans name the same frame alike, with size and checksum. */
function identify({ checksum }: FramecrcEntry, { ticks, base }: Instant): string {
  const { num, den } = rational(base.num, base.den);
  return `${ticks}*${num}/${den} ${checksum}`;
}
