import { describe, expect, it } from 'vitest';
import { poolWindows, windowsThatCount } from './window-pooling.js';

const grid = { segments: 6, segmentSec: 1, durationSec: 6, levelsDbfs: [-50, -50, -20, -22, -50, -50] };

describe('windowsThatCount and poolWindows', () => {
  it('leaves out a wide window that holds a much louder neighbour, never the narrowest', () => {
    expect(windowsThatCount(grid, 2, { windowsSec: [1, 3] })).toEqual([0, 1]);
    expect(windowsThatCount(grid, 1, { windowsSec: [1, 3] })).toEqual([0]);
    expect(windowsThatCount(grid, 5, { windowsSec: [1, 3] })).toEqual([0]);
    expect(windowsThatCount({ ...grid, levelsDbfs: [] }, 1, { windowsSec: [1, 3] })).toEqual([0, 1]);
  });

  it('counts a neighbour that a window covers only in part', () => {
    expect(windowsThatCount(grid, 1, { windowsSec: [1, 2] })).toEqual([0]);
    expect(windowsThatCount(grid, 0, { windowsSec: [1, 2] })).toEqual([0, 1]);
  });

  it('takes the mean of the log-odds of the windows that count', () => {
    const narrow = Float32Array.from([1, 0, -3, 0]);
    const wide = Float32Array.from([3, 0, 5, 2]);
    expect([...poolWindows(grid, [narrow, wide], { windowsSec: [1, 3] }, 2, 2)]).toEqual([2, 0, 1, 1]);
    expect([...poolWindows(grid, [narrow, wide], { windowsSec: [1, 3] }, 0, 2)]).toEqual([1, 0, -3, 0]);
  });
});
