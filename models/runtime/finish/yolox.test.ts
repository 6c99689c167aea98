import { describe, expect, it } from 'vitest';
import { objectsIn } from '../../encoders/objects.js';
import { decodeYolox } from './yolox.js';

const FINISH = { kind: 'yolox', size: 64, strides: [32], minScore: 0.3, maxOverlap: 0.45, maxBoxes: 4 } as const;

/** Decodes four cells, each of x, y, the logarithms of width and height, objectness and the scores of two classes. */
function decode(...cells: [number, number, number, number, number, number, number][]): number[][] {
  const boxes = new Float32Array(24);
  decodeYolox(Float32Array.from([...cells.flat(), ...new Array<number>(28).fill(0)].slice(0, 28)), 7, FINISH, boxes);
  return objectsIn(boxes, 64, 1, ['cat', 'dog']).map(({ confidence, x, y, width }) => [confidence, x, y, width]);
}

describe('decodeYolox', () => {
  it('returns a box around the centre of its cell, the best first, and drops those below the threshold', () => {
    expect(decode([0.5, 0.5, 0, 0, 0.8, 0.5, 0], [0.5, 0.5, 0, 0, 1, 0, 0.5], [0, 0, 0, 0, 0.5, 0.5, 0])).toEqual([
      [0.5, 0.5, 0, 0.5],
      [Math.fround(0.4), 0, 0, 0.5],
    ]);
  });

  it('returns a box with NaN, so that a broken network does not look like one that finds nothing', () => {
    const sure = [0.5, 0.5, 0, 0, 1, 1, 0] as const;
    expect(decode([...sure], [0, 0, 0, 0, NaN, 1, 0]).map(([confidence]) => confidence)).toEqual([NaN]);
    expect(decode([...sure], [NaN, 0, 0, 0, 0.5, 1, 0]).map(([, x]) => x)).toEqual([NaN]);
  });
});
