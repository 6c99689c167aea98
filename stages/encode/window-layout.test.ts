import { describe, expect, it } from 'vitest';
import { soundWindow, windowsPerSegment, windowStart } from './window-layout.js';

const RATE = 100;

describe('window layout', () => {
  it('starts a window wider than the sound at its beginning, or centres it where it may contain silence', () => {
    expect(windowStart(0, 1, 300, 120, RATE, 'inside')).toBe(0);
    expect(windowStart(1, 0.5, 100, 1000, RATE, 'inside')).toBe(25);
    expect(windowStart(0, 1, 300, 120, RATE, 'silence')).toBe(-100);
    expect(windowStart(1, 1, 300, 120, RATE, 'silence')).toBe(0);
  });

  it('gives a segment one window that is as wide, even when the last segment is longer', () => {
    expect([1, 2, 5].map((windowSec) => windowsPerSegment(1, windowSec))).toEqual([1, 1, 1]);
    const grid = { segments: 10, segmentSec: 1, durationSec: 10.09 };
    expect(soundWindow(grid, 9, 1, 1009, RATE, 'inside')).toEqual({ start: 900, length: 100 });
  });

  it.each([
    { segmentSec: 10, segments: 3, durationSec: 30 },
    { segmentSec: 10, segments: 3, durationSec: 31 },
    { segmentSec: 10, segments: 3, durationSec: 21.5 },
    { segmentSec: 2.5, segments: 3, durationSec: 7.5 },
    { segmentSec: 600, segments: 2, durationSec: 1260 },
  ])('covers every sample of long segments and none of their neighbours: %o', (grid) => {
    const total = grid.durationSec * RATE;
    const windowSec = 2;
    const count = windowsPerSegment(grid.segmentSec, windowSec);
    for (let segment = 0; segment < grid.segments; segment += 1) {
      const begin = segment * grid.segmentSec * RATE;
      const end = segment === grid.segments - 1 ? total : begin + grid.segmentSec * RATE;
      let heard = begin;
      for (let row = segment * count; row < (segment + 1) * count; row += 1) {
        const { start, length } = soundWindow(grid, row, windowSec, total, RATE, 'inside');
        expect(start).toBeLessThanOrEqual(heard);
        if (end - begin >= length) expect(start).toBeGreaterThanOrEqual(begin);
        heard = Math.max(heard, start + length);
      }
      expect(heard).toBe(end);
    }
  });
});
