import { MICROSECONDS, instant, rescale, toSeconds, type Instant } from './time.js';

/**
 * The segment grid of one video: half-open pieces `[start, end)` of equal length on the container's timeline, which
 * starts at what a player shows as 0:00. Sound and picture share the grid, so their rows line up. The last segment may
 * be shorter, or longer by a codec's padding.
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
const DEFAULT_SEGMENT: Instant = instant(MICROSECONDS.den, MICROSECONDS);

/**
 * A remainder of at most a tenth of a segment is added to the last segment instead of forming its own. AAC pads a track
 * by up to 46 ms, so a clip cut to ten seconds lasts 10.03 s and would otherwise get an eleventh row with nothing in
 * it.
 */
const PADDING_SHARE = 10;

/** @throws RangeError when the segment is not positive or the duration negative. */
export function segmentGrid(duration: Instant, segment: Instant = DEFAULT_SEGMENT): SegmentGrid {
  const length = rescale(segment, MICROSECONDS);
  const total = rescale(duration, MICROSECONDS);
  if (length.ticks <= 0) throw new RangeError('a segment must be longer than nothing');
  if (total.ticks < 0) throw new RangeError('a duration cannot be negative');
  const whole = Math.floor(total.ticks / length.ticks);
  const remainder = total.ticks - whole * length.ticks;
  const hasOwnSegment = remainder * PADDING_SHARE > length.ticks || (whole === 0 && remainder > 0);
  return { segment: length, duration: total, count: whole + (hasOwnSegment ? 1 : 0) };
}

/** @throws RangeError when `index` is outside the grid. */
export function segmentAt(grid: SegmentGrid, index: number): Segment {
  if (!Number.isInteger(index) || index < 0 || index >= grid.count)
    throw new RangeError(`segment ${index} of a grid of ${grid.count}`);
  const start = grid.segment.ticks * index;
  const end = index === grid.count - 1 ? grid.duration.ticks : start + grid.segment.ticks;
  return { index, start: instant(start, MICROSECONDS), end: instant(end, MICROSECONDS) };
}

/** The start and end of a segment in seconds, for output only. @throws RangeError when `index` is outside the grid. */
export function segmentSeconds(grid: SegmentGrid, index: number): { startSec: number; endSec: number } {
  const { start, end } = segmentAt(grid, index);
  return { startSec: toSeconds(start), endSec: toSeconds(end) };
}
