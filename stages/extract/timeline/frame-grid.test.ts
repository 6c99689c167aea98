import { describe, expect, it } from 'vitest';
import { instant } from '../../../core/time.js';
import { assignFrames } from './frame-files.js';
import { FrameGrid } from './frame-grid.js';

const MILLISECONDS = { num: 1, den: 1000 };

/** The rule itself: the last frame that began at or before the middle of the segment. */
function inTheMiddle(timesMs: readonly number[], segment: number): number | null {
  return timesMs.filter((ms) => ms <= segment * 1000 + 500).at(-1) ?? null;
}

describe('FrameGrid', () => {
  it.each([
    ['a steady rate', Array.from({ length: 100 }, (_, i) => i * 40)],
    ['frames exactly at the middles', [0, 500, 1500, 2500]],
    ['sparse frames', [0, 2300, 7000]],
    ['a late start', [1700, 1800, 3000]],
    ['frames before 0:00', [-80, -40, 0, 700]],
    ['one frame', [0]],
  ])('assigns to each segment the last frame that began at or before its middle: %s', (_, timesMs) => {
    const grid = new FrameGrid({ num: 1, den: 1 });
    for (const ms of timesMs) grid.add(instant(ms, MILLISECONDS));
    const segments = 9;
    const { timesSec, segmentFrame, kept } = assignFrames(grid.finish(segments), segments);
    const shown = segmentFrame.map((frame) => (frame < 0 ? null : Math.round((timesSec[frame] ?? NaN) * 1000)));
    expect(shown).toEqual(Array.from({ length: segments }, (__, i) => inTheMiddle(timesMs, i)));
    expect(new Set(timesSec).size).toBe(timesSec.length);
    expect(kept).toHaveLength(timesSec.length);
  });

  it('holds the last stored frame when ffmpeg stored fewer than there are segments', () => {
    const grid = new FrameGrid({ num: 1, den: 1 });
    for (let ms = 0; ms < 3000; ms += 100) grid.add(instant(ms, MILLISECONDS));
    expect(assignFrames(grid.finish(2), 4).segmentFrame).toEqual([0, 1, 1, 1]);
  });

  it('assigns no frame when there is none', () => {
    expect(assignFrames(new FrameGrid({ num: 1, den: 1 }).finish(0), 2)).toEqual({
      timesSec: [],
      segmentFrame: [-1, -1],
      kept: [],
    });
  });
});
