import { describe, expect, it } from 'vitest';
import { segmentLoudness } from './segment-loudness.js';

describe('segmentLoudness', () => {
  it('averages power by the middle of the window of each reading, and gives null for silence', async () => {
    // 1.1 s to 2.1 s: the ten readings whose middles lie in segment 1, half of them silent.
    const values = [...level(11, -23), ...level(5, -20), ...level(5, -120), ...level(10, -120)];
    const [first, second, third] = await segmentLoudness(readings(values), 1, 3);
    expect(first).toBeCloseTo(-23, 1);
    expect(second).toBeCloseTo(-23.01, 2);
    expect(third).toBeNull();
  });

  it('counts readings after the last full segment to the last segment', async () => {
    // Segments of two seconds: the last one has 2.2 s of a sound of 4.2 s, ten readings of it 10 LU louder.
    const [, last] = await segmentLoudness(readings([...level(33, -23), ...level(10, -13)]), 2, 2);
    expect(last).toBeCloseTo(10 * Math.log10((12 * 10 ** -2.3 + 10 * 10 ** -1.3) / 22), 2);
  });

  it('gives null for digital silence, and counts it as no power', async () => {
    const values = [...level(6, -23), ...level(5, null), ...level(10, null)];
    const [first, second] = await segmentLoudness(readings(values), 1, 2);
    expect(first).toBeCloseTo(10 * Math.log10((6 * 10 ** -2.3) / 11), 2);
    expect(second).toBeNull();
  });

  it('gives null for every segment without readings', async () => {
    expect(await segmentLoudness(readings([]), 1, 2)).toEqual([null, null]);
  });
});

function level(count: number, lufs: number | null): (number | null)[] {
  return Array.from({ length: count }, () => lufs);
}

async function* readings(momentary: readonly (number | null)[]) {
  for (const [i, value] of momentary.entries())
    yield await Promise.resolve({ timeSec: i / 10, momentary: value, shortTerm: value });
}
