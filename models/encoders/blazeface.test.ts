import { describe, expect, it } from 'vitest';
import { decodeBlazeface } from './blazeface.js';

/** A map of 2 × 2 cells of 16 pixels, with two anchors per cell. Only the given anchors have a score. */
function map(...hot: [anchor: number, row: number, column: number, logit: number, box: number[]][]) {
  const scores = new Float32Array(8).fill(-10);
  const boxes = new Float32Array(2 * 16 * 4);
  for (const [anchor, row, column, logit, box] of hot) {
    scores[anchor * 4 + row * 2 + column] = logit;
    box.forEach((value, index) => (boxes[(anchor * 16 + index) * 4 + row * 2 + column] = value));
  }
  return { stride: 16, scores, boxes };
}

describe('decodeBlazeface', () => {
  it('places the box of an anchor relative to the centre of its cell', () => {
    expect(decodeBlazeface([map([1, 0, 1, 2, [3, -2, 10, 8]])], 32, 0.5)).toEqual([
      { confidence: expect.closeTo(0.8808, 4) as number, x: 24 + 3 - 5, y: 8 - 2 - 4, width: 10, height: 8 },
    ]);
  });

  it('returns only the faces whose confidence reaches the threshold', () => {
    const both = map([0, 0, 0, 0, [0, 0, 4, 4]], [0, 1, 1, 1, [0, 0, 4, 4]]);
    expect(decodeBlazeface([both], 32, 0.5)).toHaveLength(2);
    expect(decodeBlazeface([both], 32, 0.6)).toHaveLength(1);
  });

  it('ignores a score that is NaN', () => {
    expect(decodeBlazeface([map([0, 0, 0, NaN, [0, 0, 4, 4]])], 32, 0.5)).toEqual([]);
  });
});
