import { describe, expect, it } from 'vitest';
import { activeRuns, decodeAudioVisual, decodeEvents, type DecodingRule } from './decode.js';

const plain: DecodingRule = { on: 0.5, off: 0.5, minSegments: 1 };

describe('activeRuns and decodeEvents', () => {
  it('begins an event at a score equal to the on threshold and ends it at the end of the video', () => {
    expect(activeRuns([0, 0.5, 0.49, 0.6, 0.7], plain)).toEqual([
      { start: 1, end: 2 },
      { start: 3, end: 5 },
    ]);
  });

  it('extends an event in both directions down to the off threshold, and begins none between the thresholds', () => {
    expect(activeRuns([0.4, 0.6, 0.4, 0.1, 0.4, 0.4], { ...plain, off: 0.3 })).toEqual([{ start: 0, end: 3 }]);
  });

  it('drops events shorter than the minimum length', () => {
    const scores = [0.9, 0.4, 0.9, 0, 0, 0.9];
    const rule = { ...plain, off: 0.3, minSegments: 2 };
    expect(activeRuns(scores, rule)).toEqual([{ start: 0, end: 3 }]);
    expect(activeRuns(scores, { ...rule, minSegments: 4 })).toEqual([]);
  });

  it('makes no event of a run that never reached the on threshold', () => {
    expect(activeRuns([0.9, 0, 0.4], { ...plain, off: 0.3 })).toEqual([{ start: 0, end: 1 }]);
  });

  it('reports the mean score of the whole event as its confidence', () => {
    expect(decodeEvents([0.8, 0, 0.7], { ...plain, off: 0 })).toEqual([{ start: 0, end: 3, confidence: 0.5 }]);
  });

  it('finds no event in an empty row or beside a score that is not a number', () => {
    expect(decodeEvents([], plain)).toEqual([]);
    expect(decodeEvents([Number.NaN, 0], plain)).toEqual([]);
  });
});

describe('decodeAudioVisual', () => {
  it('finds an event where both are decided present, even when the product of the scores is below the threshold', () => {
    const events = decodeAudioVisual([0.6, 0.6, 0.6, 0], [0, 0.6, 0.6, 0.6], plain, plain);
    expect(events).toEqual([{ start: 1, end: 3, confidence: expect.closeTo(0.36, 9) as number }]);
  });

  it('refuses rows of different lengths', () => {
    expect(() => decodeAudioVisual([1], [1, 1], plain, plain)).toThrow(RangeError);
  });
});
