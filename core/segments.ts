import { MICROSECONDS, instant, rescale, toSeconds, type Instant } from './time.js';

/**
 * The segment grid of one video: half-open `[start, end)` pieces of equal length on the container's timeline, counted
 * from what a player shows as 0:00. Sound and picture share it, so their rows line up. The last segment may be short, or
 * longer by a codec's padding.
 */
export interface SegmentGrid {
  readonly segment: Instant;
  readonly duration: Instant;
  readonly count: number;
}

export interface Segment {
  readonly index: number;
  readonly start: Instant;
  readonly end: Instant;
}

/** One second: the unit of the LLP, AVE and VALOR protocols (methods.md A.1). */
export const DEFAULT_SEGMENT: Instant = instant(MICROSECONDS.den, MICROSECONDS);

/**
 * A rest of a tenth of a segment or less is no segment of its own but belongs to the last one: AAC pads a track by up to
 * 46 ms, so a clip cut to ten seconds lasts 10.03 s and would get an eleventh row with nothing in it.
 */
const PADDING_SHARE = 10;

/** @throws RangeError when the segment is not positive or the duration negative. */
export function segmentGrid(duration: Instant, segment: Instant = DEFAULT_SEGMENT): SegmentGrid {
  const length = rescale(segment, MICROSECONDS);
  const total = rescale(duration, MICROSECONDS);
  if (length.ticks <= 0) throw new RangeError('a segment must be longer than nothing');
  if (total.ticks < 0) throw new RangeError('a duration cannot be negative');
  const whole = Math.floor(total.ticks / length.ticks);
  const rest = total.ticks - whole * length.ticks;
  const ownSegment = rest * PADDING_SHARE > length.ticks || (whole === 0 && rest > 0);
  return { segment: length, duration: total, count: whole + (ownSegment ? 1 : 0) };
}

/** @throws RangeError outside the grid. */
export function segmentAt(grid: SegmentGrid, index: number): Segment {
  if (!Number.isInteger(index) || index < 0 || index >= grid.count)
    throw new RangeError(`segment ${index} of a grid of ${grid.count}`);
  const start = grid.segment.ticks * index;
  const end = index === grid.count - 1 ? grid.duration.ticks : start + grid.segment.ticks;
  return { index, start: instant(start, MICROSECONDS), end: instant(end, MICROSECONDS) };
}

/** The index of the segment that contains a moment, clamped to the grid; -1 for an empty grid. */
export function segmentIndexOf(grid: SegmentGrid, moment: Instant): number {
  const ticks = rescale(moment, MICROSECONDS, 'floor').ticks;
  return Math.max(Math.min(Math.floor(ticks / grid.segment.ticks), grid.count - 1), Math.min(0, grid.count - 1));
}

/** `{ startSec, endSec }` of a segment, for output. */
export function segmentSeconds(grid: SegmentGrid, index: number): { startSec: number; endSec: number } {
  const { start, end } = segmentAt(grid, index);
  return { startSec: toSeconds(start), endSec: toSeconds(end) };
}
