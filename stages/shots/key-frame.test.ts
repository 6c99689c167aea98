import { describe, expect, it } from 'vitest';
import { keyFrameCandidates, sharpness } from './key-frame.js';

describe('keyFrameCandidates', () => {
  const times = Array.from({ length: 100 }, (_, second) => second + 0.5);

  it('takes nine candidates from the middle of a long shot', () => {
    const candidates = keyFrameCandidates(times, 0, 100);
    expect(candidates.length).toBe(9);
    expect(Math.min(...candidates)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...candidates)).toBeLessThan(90);
  });

  it('takes the frames inside a short shot, or the nearest frame outside it', () => {
    expect(keyFrameCandidates(times, 3.45, 3.9)).toEqual([3]);
    expect(keyFrameCandidates(times, 3.6, 3.9)).toEqual([3]);
    expect(keyFrameCandidates(times, 200, 201)).toEqual([99]);
    expect(keyFrameCandidates(times, 0, 0.1)).toEqual([0]);
    expect(keyFrameCandidates([], 0, 1)).toEqual([]);
  });
});

describe('sharpness', () => {
  it('is higher for edges than for blur, and higher for blur than for black', () => {
    const edge = picture((x) => (x < 8 ? 0 : 255));
    const blurred = picture((x) => Math.max(0, Math.min(255, (x - 3) * 25)));
    expect(sharpness(edge, 16, 16)).toBeGreaterThan(sharpness(blurred, 16, 16));
    expect(sharpness(blurred, 16, 16)).toBeGreaterThan(
      sharpness(
        picture(() => 0),
        16,
        16,
      ),
    );
  });
});

function picture(levelAt: (x: number) => number): Uint8Array {
  return Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => levelAt(Math.floor(i / 3) % 16));
}
