import { describe, expect, it } from 'vitest';
import { segmentAt, segmentGrid, segmentSeconds } from './segments.js';
import { fromDecimalSeconds, instant, type Instant } from './time.js';

function seconds(text: string): Instant {
  const time = fromDecimalSeconds(text);
  if (time === null) throw new RangeError(text);
  return time;
}

describe('segmentGrid', () => {
  it.each([
    ['10', 10],
    ['10.028', 10],
    ['10.1', 10],
    ['10.100001', 11],
    ['9.5', 10],
    ['0.02', 1],
    ['0', 0],
  ])('divides %s s into %i segments of one second', (duration, count) => {
    expect(segmentGrid(seconds(duration)).count).toBe(count);
  });

  it('adds the padding of a codec to the last segment, and keeps a short last segment', () => {
    expect(segmentSeconds(segmentGrid(seconds('10.028')), 9)).toEqual({ startSec: 9, endSec: 10.028 });
    expect(segmentSeconds(segmentGrid(seconds('9.5')), 9)).toEqual({ startSec: 9, endSec: 9.5 });
    expect(() => segmentAt(segmentGrid(seconds('9.5')), 10)).toThrow(RangeError);
  });

  it('covers the whole duration without a gap or an overlap, whatever the segment length', () => {
    for (const segment of [instant(1, { num: 1, den: 3 }), instant(1, { num: 1001, den: 30000 })]) {
      const grid = segmentGrid(seconds('7.77'), segment);
      let at = 0;
      for (let index = 0; index < grid.count; index++) {
        const { start, end } = segmentAt(grid, index);
        expect(start.ticks).toBe(at);
        at = end.ticks;
      }
      expect(at).toBe(7_770_000);
    }
  });
});
