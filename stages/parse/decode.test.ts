import { describe, expect, it } from 'vitest';
import { activeRuns, decodeAudioVisual, decodeEvents, type DecodingRule } from './decode.js';

const plain: DecodingRule = { on: 0.5, off: 0.5, bridgeSegments: 0, minSegments: 1 };

describe('decoding segment scores', () => {
  it('starts an event at the on threshold, the bound included, and closes it at the end of the video', () => {
    expect(activeRuns([0, 0.5, 0.49, 0.6, 0.7], plain)).toEqual([
      { start: 1, end: 2 },
      { start: 3, end: 5 },
    ]);
  });

  it('holds an event in both directions down to the off threshold, and starts none there', () => {
    expect(activeRuns([0.4, 0.6, 0.4, 0.1, 0.4, 0.4], { ...plain, off: 0.3 })).toEqual([{ start: 0, end: 3 }]);
  });

  it('bridges short gaps before it drops short events', () => {
    const scores = [0.9, 0, 0.9, 0, 0, 0.9];
    const rule = { ...plain, bridgeSegments: 1, minSegments: 2 };
    expect(activeRuns(scores, rule)).toEqual([{ start: 0, end: 3 }]);
    expect(activeRuns(scores, { ...rule, minSegments: 4 })).toEqual([]);
  });

  it('builds no bridge to a run that never reached the on threshold', () => {
    expect(activeRuns([0.9, 0, 0.4], { ...plain, off: 0.3, bridgeSegments: 1 })).toEqual([{ start: 0, end: 1 }]);
  });

  it('reports the mean score of the whole event', () => {
    expect(decodeEvents([0.8, 0, 0.7], { ...plain, bridgeSegments: 1 })).toEqual([
      { start: 0, end: 3, confidence: 0.5 },
    ]);
  });

  it('finds nothing in nothing', () => {
    expect(decodeEvents([], plain)).toEqual([]);
    expect(decodeEvents([Number.NaN, 0], plain)).toEqual([]);
  });
});

describe('audio-visual events', () => {
  it('are where both are decided present, even when the product of the scores is below the threshold', () => {
    const events = decodeAudioVisual([0.6, 0.6, 0.6, 0], [0, 0.6, 0.6, 0.6], plain, plain);
    expect(events).toEqual([{ start: 1, end: 3, confidence: expect.closeTo(0.36, 9) as number }]);
  });

  it('refuse rows of different lengths', () => {
    expect(() => decodeAudioVisual([1], [1, 1], plain, plain)).toThrow(RangeError);
  });
});
