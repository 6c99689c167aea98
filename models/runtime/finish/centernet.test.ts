import { describe, expect, it } from 'vitest';
import { decodeCenternet } from './centernet.js';

/** Not square, so that an exchange of rows and columns shows. */
const WIDTH = 8;
const HEIGHT = 9;
const FINISH = {
  kind: 'centernet',
  stride: 4,
  classes: 2,
  minScore: 0.3,
  maxOverlap: 0.45,
  maxBoxes: 4,
} as const;

/** Heat maps of two classes, then boxes that reach 4, 6, 8 and 10 pixels to the left, up, right and down in every cell. */
function maps(...hot: [label: number, x: number, y: number, score: number][]): Float32Array {
  const all = new Float32Array(6 * WIDTH * HEIGHT);
  for (const [label, x, y, score] of hot) all[label * WIDTH * HEIGHT + y * WIDTH + x] = score;
  [4, 6, 8, 10].forEach((distance, map) => all.fill(distance, (2 + map) * WIDTH * HEIGHT, (3 + map) * WIDTH * HEIGHT));
  return all;
}

function decode(...hot: [number, number, number, number][]): number[][] {
  const rows = new Float32Array(FINISH.maxBoxes * 6);
  decodeCenternet(maps(...hot), WIDTH, FINISH, rows);
  const boxes = Array.from({ length: FINISH.maxBoxes }, (_, row) => [...rows.subarray(row * 6, row * 6 + 6)]);
  return boxes.filter(([, score]) => score !== 0).map((box) => box.map((value) => Math.round(value * 100) / 100));
}

describe('decodeCenternet', () => {
  it('returns a box around each peak, the best first, and drops those below the threshold', () => {
    expect(decode([0, 2, 3, 0.5], [1, 6, 6, 0.9], [0, 6, 1, 0.29])).toEqual([
      [1, 0.9, 20, 18, 12, 16],
      [0, 0.5, 4, 6, 12, 16],
    ]);
  });

  it('takes only the highest of neighbouring cells, which do not include the start of the next row', () => {
    expect(decode([0, 3, 3, 0.8], [0, 4, 4, 0.7])).toHaveLength(1);
    expect(decode([0, 7, 2, 0.8], [0, 0, 3, 0.7])).toHaveLength(2);
  });

  it('returns a NaN score, so that a broken network does not look like one that finds nothing', () => {
    expect(decode([0, 2, 3, NaN], [1, 6, 6, 0.9]).map(([, score]) => score)).toEqual([NaN]);
  });

  it('joins two centres of one object, but not centres of two classes', () => {
    expect(decode([0, 3, 3, 0.8], [0, 3, 5, 0.7])).toHaveLength(2);
    expect(decode([0, 3, 3, 0.8], [0, 4, 3, 0.8])).toHaveLength(1);
    expect(decode([0, 3, 3, 0.8], [1, 3, 3, 0.7])).toHaveLength(2);
  });
});
