import { describe, expect, it } from 'vitest';
import { AdaptiveDetector, ContentDetector, type CutDetector } from './cut-detectors.js';

describe('ContentDetector', () => {
  it('cuts at a score equal to the threshold and not below it', () => {
    expect(cuts(new ContentDetector(), [...quiet(20), 27, ...quiet(20), 26.99, ...quiet(20)])).toEqual([20]);
  });
});

describe('AdaptiveDetector', () => {
  it('finds a single peak and ignores a stretch of equally high scores, as a moving camera makes', () => {
    expect(cuts(new AdaptiveDetector(), [...quiet(20), 30, ...quiet(20)])).toEqual([20]);
    expect(cuts(new AdaptiveDetector(), [...quiet(20), ...quiet(20, 30), ...quiet(20)])).toEqual([]);
  });

  it('ignores a score below 15 even where nothing else moves', () => {
    expect(cuts(new AdaptiveDetector(), [...quiet(20, 0), 14.9, ...quiet(20, 0)])).toEqual([]);
    expect(cuts(new AdaptiveDetector(), [...quiet(20, 0), 15, ...quiet(20, 0)])).toEqual([20]);
  });

  it('measures the minimum scene length at the newest frame of its window', () => {
    const scores = [...quiet(20), 30, ...quiet(40)];
    // The window around frame 33 ends at frame 35, and 35 - 20 is the minimum of 15 frames.
    expect(cuts(new AdaptiveDetector(), scores.with(33, 30))).toEqual([20, 33]);
    expect(cuts(new AdaptiveDetector(), scores.with(32, 30))).toEqual([20]);
  });
});

function quiet(frames: number, score = 1): number[] {
  return Array.from({ length: frames }, () => score);
}

function cuts(detector: CutDetector, scores: readonly number[]): number[] {
  return scores.map((score, frame) => detector.push(frame, score)).filter((cut) => cut !== null);
}
