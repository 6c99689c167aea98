import { describe, expect, it } from 'vitest';
import { cutOut, type Square } from './cut-out.js';

const PAD = 114;

/** Cuts from a frame whose red is 10 × column + row, green one more and blue two more; returns one colour of the result. */
function cut(width: number, square: Square, side: number, colour = 0, height = width): number[][] {
  const frame = Uint8Array.from({ length: width * height * 3 }, (_, at) => {
    const pixel = Math.floor(at / 3);
    return 10 * (pixel % width) + Math.floor(pixel / width) + (at % 3);
  });
  const target = new Uint8Array(side * side * 3);
  cutOut(frame, { width, height }, square, side, PAD, target);
  return Array.from({ length: side }, (_, row) =>
    Array.from({ length: side }, (_, column) => target[(row * side + column) * 3 + colour] ?? -1),
  );
}

describe('cutOut', () => {
  it('copies the pixels of a square that it does not scale', () => {
    expect(cut(4, { left: 1, top: 2, side: 2 }, 2)).toEqual([
      [12, 22],
      [13, 23],
    ]);
    expect(cut(4, { left: 1, top: 2, side: 2 }, 2, 2)).toEqual([
      [14, 24],
      [15, 25],
    ]);
  });

  it('averages four pixels when it halves, and interpolates when it doubles', () => {
    expect(cut(4, { left: 0, top: 0, side: 4 }, 2)).toEqual([
      [6, 26],
      [8, 28],
    ]);
    expect(cut(8, { left: 2, top: 4, side: 2 }, 4)[1]).toEqual([22, 27, 32, 37]);
  });

  it('pads beyond every edge of the frame instead of wrapping around', () => {
    const [first, middle, , last] = cut(2, { left: -1, top: -1, side: 4 }, 4);
    expect(first).toEqual([PAD, PAD, PAD, PAD]);
    expect(middle).toEqual([PAD, 0, 10, PAD]);
    expect(last).toEqual([PAD, PAD, PAD, PAD]);
    const [inside, below] = cut(4, { left: 1, top: 1, side: 2 }, 2, 0, 2);
    expect([inside, below]).toEqual([
      [11, 21],
      [PAD, PAD],
    ]);
  });
});
