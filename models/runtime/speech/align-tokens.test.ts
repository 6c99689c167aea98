import { expect, it } from 'vitest';
import { alignTokens } from './align-tokens.js';

it('finds where each token begins from attention that moves through the sound', () => {
  const width = 200;
  const begins = [0, 30, 45, 90];
  const rows = begins.map((begin, token) => {
    const row = new Float32Array(2 * width);
    const end = begins[token + 1] ?? 120;
    for (let step = 0; step < width; step++)
      for (let head = 0; head < 2; head++) row[head * width + step] = step >= begin && step < end ? 1 : 0.02;
    return row;
  });
  const starts = alignTokens(rows, 2, width, 120);
  starts.forEach((start, token) => expect(Math.abs(start - (begins[token] ?? 0))).toBeLessThanOrEqual(3));
});

it('places every token inside the sound, however short it is', () => {
  const rows = Array.from({ length: 5 }, () => new Float32Array(100).fill(0.01));
  const starts = alignTokens(rows, 1, 100, 3);
  expect(Array.from(starts).every((start) => start >= 0 && start < 3)).toBe(true);
});
