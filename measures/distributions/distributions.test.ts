import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { seededStream } from '../bootstrap.js';
import type { Matrix } from '../embeddings/cosine.js';
import { hasShared, sharedPath } from '../testing/shared-data.js';
import { inceptionScore, pairedDivergence } from './class-scores.js';
import { frechetDistance } from './frechet.js';
import { kernelDistance } from './kernel-distance.js';
import { Moments } from './moments.js';
import { neighbourScores } from './neighbours.js';
import { symmetricEigenvalues } from './symmetric-eigenvalues.js';

function momentsOf(rows: readonly ArrayLike<number>[]): Moments {
  const moments = new Moments(rows[0]?.length ?? 0);
  for (const row of rows) moments.add(row);
  return moments;
}

function matrixOf(rows: readonly (readonly number[])[]): Matrix {
  return { rows: rows.length, columns: rows[0]?.length ?? 0, values: Float64Array.from(rows.flat()) };
}

/** Independent normal features with a scale of their own for each dimension. */
function normalRows(
  count: number,
  dimensions: number,
  seed: number,
  scale: (at: number) => number,
  mean = 0,
): Float64Array[] {
  const random = seededStream(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: count }, () =>
    Float64Array.from({ length: dimensions }, (_, at) => mean + scale(at) * normal()),
  );
}

interface Golden {
  readonly frechet_kvd: { X: number[][]; Y: number[][]; frechet: number; kvd_poly3_gamma1overd_coef1_unbiased: number };
}

describe('symmetricEigenvalues', () => {
  it('finds the eigenvalues of matrices whose eigenvalues are known', () => {
    // Second differences of n points: 2 - 2 cos(k pi / (n + 1)).
    const n = 60;
    const matrix = new Float64Array(n * n);
    for (let i = 0; i < n; i += 1)
      for (let j = 0; j < n; j += 1) matrix[i * n + j] = i === j ? 2 : Math.abs(i - j) === 1 ? -1 : 0;
    const values = symmetricEigenvalues(matrix, n).sort();
    for (const [at, value] of values.entries())
      expect(value).toBeCloseTo(2 - 2 * Math.cos(((at + 1) * Math.PI) / (n + 1)), 10);
    // All ones: n once, 0 otherwise.
    const ones = symmetricEigenvalues(new Float64Array(49).fill(1), 7).sort();
    expect(ones.at(-1)).toBeCloseTo(7, 10);
    expect(Math.max(...ones.slice(0, 6).map(Math.abs))).toBeLessThan(1e-10);
  });
});

describe('distances of distributions', () => {
  it.skipIf(!hasShared)('agree with the golden values to 1e-6 (skipped without ../shared)', () => {
    const { frechet_kvd: golden } = JSON.parse(readFileSync(sharedPath('oracles/golden.json'), 'utf8')) as Golden;
    const { distance } = frechetDistance(momentsOf(golden.X), momentsOf(golden.Y));
    expect(Math.abs(distance - golden.frechet)).toBeLessThan(1e-6);
    const kernel = kernelDistance(matrixOf(golden.X), matrixOf(golden.Y));
    expect(Math.abs(kernel - golden.kvd_poly3_gamma1overd_coef1_unbiased)).toBeLessThan(1e-6);
  });

  it('give 0 for a set against itself, also where the covariance is singular', () => {
    const rows = normalRows(20, 40, 1, () => 1);
    const result = frechetDistance(momentsOf(rows), momentsOf(rows));
    expect(result.distance).toBeLessThan(1e-5);
    expect(result.warnings[0]).toContain('20 samples for 40 dimensions');
  });

  it('take the divisor that is named', () => {
    const a = normalRows(10, 3, 1, () => 1);
    const b = normalRows(10, 3, 2, () => 2);
    const unbiased = frechetDistance(momentsOf(a), momentsOf(b), 'n-1');
    expect(frechetDistance(momentsOf(a), momentsOf(b), 'n').distance).not.toBeCloseTo(unbiased.distance, 3);
  });

  it('take 10,000 samples of 512 dimensions within seconds and near the exact value', () => {
    const a = momentsOf(normalRows(10_000, 512, 1, (at) => 1 + at / 512));
    const b = momentsOf(normalRows(10_000, 512, 2, (at) => 2 + at / 512, 0.5));
    const begin = performance.now();
    const { distance } = frechetDistance(a, b);
    // The exact distance is 512 (1 + 0.25); sampling adds a few per cent.
    expect(distance).toBeGreaterThan(512 * 1.25);
    expect(distance).toBeLessThan(512 * 1.25 * 1.1);
    expect(performance.now() - begin).toBeLessThan(20_000);
  });

  it('refuse one sample, unlike encoders and numbers that are not finite', () => {
    const one = momentsOf([[1, 2]]);
    const two = momentsOf([
      [1, 2],
      [2, 3],
    ]);
    expect(() => frechetDistance(one, two)).toThrow(/two samples/);
    expect(() => frechetDistance(two, momentsOf([[1], [2]]))).toThrow(/two encoders/);
    expect(() => momentsOf([[1, NaN]])).toThrow(/row 0 holds NaN/);
  });

  it('keep the sums exact where the mean is large', () => {
    const rows = normalRows(600, 2, 3, () => 1).map((row) => row.map((value) => value + 1e8));
    const [variance = 0] = momentsOf(rows).covariance('n-1');
    expect(variance).toBeGreaterThan(0.85);
    expect(variance).toBeLessThan(1.15);
  });
});

describe('precision, recall, density and coverage', () => {
  it('are high for equal distributions and 0 for distant ones', () => {
    const rows = (seed: number, shift: number): Matrix =>
      matrixOf(normalRows(200, 4, seed, () => 1, shift).map((row) => [...row]));
    const same = neighbourScores(rows(1, 0), rows(2, 0));
    expect(same.precision).toBeGreaterThan(0.8);
    expect(same.recall).toBeGreaterThan(0.8);
    expect(same.density).toBeGreaterThan(0.8);
    expect(same.coverage).toBeGreaterThan(0.8);
    expect(neighbourScores(rows(1, 100), rows(2, 0))).toMatchObject({
      precision: 0,
      recall: 0,
      density: 0,
      coverage: 0,
    });
  });
});

describe('scores of classes', () => {
  it('reach the number of classes for clear and different samples, and 1 for equal ones', () => {
    const clear = matrixOf([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]);
    expect(inceptionScore(clear)).toBeCloseTo(3, 8);
    expect(
      inceptionScore(
        matrixOf([
          [0.5, 0.5],
          [0.5, 0.5],
        ]),
      ),
    ).toBeCloseTo(1, 8);
    expect(pairedDivergence(clear, clear)).toBeCloseTo(0, 8);
  });
});
