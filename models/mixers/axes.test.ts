import { describe, expect, it } from 'vitest';
import { featureFixationLayer } from './feature-fixation/layer.js';
import { lightNetLayer } from './lightnet/layer.js';
import { cosineReference } from './testing/references/lrpe.js';
import { runReference, type ReferenceContext } from './testing/reference-layer.js';
import { runLayer, WIDTH } from './testing/layer-session.js';
import { MEMBER_REFERENCES } from './testing/member-references.js';
import { noise, relativeError } from './testing/rows.js';

/** Grids of two and three axes, some with an axis of size 1; the last one is long. */
const GRIDS = [
  [3, 4],
  [2, 3, 5],
  [4, 1, 3],
  [1, 7],
  [16, 20],
];

describe.each([
  ['lightnet', lightNetLayer],
  ['feature-fixation', featureFixationLayer],
])('%s on several axes', (name, mixer) => {
  it.each(GRIDS.map((grid) => ({ grid })))('is equal to its reference on a grid of $grid', async ({ grid }) => {
    const length = grid.reduce((product, size) => product * size, 1);
    const x = noise(length * WIDTH, 1);
    for (const layer of [0, 1])
      for (const form of [{ kind: 'native' }, { kind: 'chunked', chunk: 4 }] as const)
        for (const [dtype, tolerance] of [
          ['float32', 1e-5],
          ['float16', 2e-2],
        ] as const) {
          const writing = { length, direction: 'bidirectional', layer, form, dtype, axes: grid } as const;
          const wanted = runReference(mixer, MEMBER_REFERENCES[name], writing, x, 'definition');
          expect(relativeError(await runLayer(mixer, writing, x), wanted)).toBeLessThan(tolerance);
        }
  });

  it('distinguishes the axes: the same steps on another grid give another output', async () => {
    const x = noise(12 * WIDTH, 1);
    const on = (axes: readonly number[]): Promise<Float32Array> =>
      runLayer(
        mixer,
        { length: 12, direction: 'bidirectional', layer: 0, form: { kind: 'native' }, dtype: 'float32', axes },
        x,
      );
    const [flat, square, cube] = [await on([12]), await on([3, 4]), await on([2, 2, 3])];
    expect(relativeError(square, flat)).toBeGreaterThan(1e-2);
    expect(relativeError(cube, square)).toBeGreaterThan(1e-2);
  });
});

describe('MD-LRPE', () => {
  it.each([{ axes: [5, 6] }, { axes: [3, 4, 5] }])(
    'depends only on the distances along the axes of a grid of $axes',
    ({ axes }) => {
      const [width, length] = [6, axes.reduce((product, size) => product * size, 1)];
      const theta = Float64Array.from(noise(width, 3));
      const context: ReferenceContext = {
        ...{ heads: 1, length, width, layer: 0, layers: 1, direction: 'bidirectional', by: 'definition' },
        weights: () => theta,
      };
      const wide = (row: Float32Array): Float64Array => {
        const rows = Float64Array.from({ length: length * width }, (_, i) => row[i % width] ?? Number.NaN);
        const reading: ReferenceContext = { ...context, weights: () => theta };
        return cosineReference(rows, reading, axes);
      };
      const [q, k] = [wide(noise(width, 1)), wide(noise(width, 2))];
      const score = (s: number, t: number): number => {
        let sum = 0;
        for (let c = 0; c < 2 * width; c++)
          sum += (q[s * 2 * width + c] ?? Number.NaN) * (k[t * 2 * width + c] ?? Number.NaN);
        return sum;
      };
      // A distance of one on every axis, from the corner and from its neighbour on the first axis.
      const one = axes.reduce((sum, _, axis) => sum + strideOf(axes, axis), 0);
      const across = strideOf(axes, 0);
      expect(score(one, 0)).toBeCloseTo(score(one + across, across), 10);
      expect(Math.abs(score(one, 0) - score(across, 0))).toBeGreaterThan(1e-3);
    },
  );
});

/** Steps between neighbours along `axis` in the flattened sequence. */
function strideOf(axes: readonly number[], axis: number): number {
  return axes.slice(axis + 1).reduce((product, size) => product * size, 1);
}
