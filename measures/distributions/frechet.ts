import { EarsightError } from '../../core/errors.js';
import type { Divisor, Moments } from './moments.js';
import { symmetricEigenvalues } from './symmetric-eigenvalues.js';

export interface FrechetResult {
  /** Squared Fréchet distance of two normal distributions with these moments: 0 and up, lower is better. */
  readonly distance: number;
  readonly divisor: Divisor;
  readonly samples: readonly [number, number];
  readonly warnings: readonly string[];
}

/**
 * Fréchet distance ‖m₁ - m₂‖² + Tr(C₁ + C₂ - 2 (C₁ C₂)^½) between the features of two sets (Heusel et al., 2017; FVD and
 * FAD are this on features of video and sound). With C₁ = L Lᵀ, the eigenvalues of C₁ C₂ are those of the symmetric
 * Lᵀ C₂ L, so no square root of a matrix is taken; small negative eigenvalues count as 0.
 * The distance means nothing without the name of the encoder, and it is biased upwards for few samples: compare only
 * distances of equal sample numbers.
 * @throws EarsightError EARSIGHT_MEASURE_INVALID with fewer than two samples on a side, or for unlike dimensions.
 */
export function frechetDistance(a: Moments, b: Moments, divisor: Divisor = 'n-1'): FrechetResult {
  requireSamples(a.count, b.count);
  if (a.dimensions !== b.dimensions)
    throw new EarsightError('EARSIGHT_MEASURE_INVALID', {
      reason: `features of ${a.dimensions} and ${b.dimensions} dimensions are of two encoders`,
    });
  const n = a.dimensions;
  const means = [a.mean(), b.mean()] as const;
  const covarianceA = a.covariance(divisor);
  const covarianceB = b.covariance(divisor);
  let distance = 0;
  for (let i = 0; i < n; i += 1) {
    distance += ((means[0][i] ?? 0) - (means[1][i] ?? 0)) ** 2;
    distance += (covarianceA[i * n + i] ?? 0) + (covarianceB[i * n + i] ?? 0);
  }
  const { factor, rank } = choleskyFactor(covarianceA, n);
  for (const value of symmetricEigenvalues(sandwich(factor, rank, covarianceB, n), rank))
    distance -= 2 * Math.sqrt(Math.max(0, value));
  const warnings = [a.count, b.count].flatMap((count) =>
    count > n ? [] : [`${count} samples for ${n} dimensions: the distance is mostly bias`],
  );
  return { distance: Math.max(0, distance), divisor, samples: [a.count, b.count], warnings };
}

/** Corpus measures are refused on fewer than two samples: one sample has no spread. */
export function requireSamples(...counts: readonly number[]): void {
  for (const count of counts)
    if (count < 2)
      throw new EarsightError('EARSIGHT_MEASURE_INVALID', {
        reason: `a measure of a whole set needs at least two samples on each side, and one side has ${count}`,
      });
}

/**
 * Cholesky factor of a positive semidefinite matrix with complete pivoting, which stops at the numerical rank. Returns
 * the factor as `rank` columns, each of n numbers.
 */
function choleskyFactor(matrix: Float64Array, n: number): { factor: Float64Array[]; rank: number } {
  const rest = Float64Array.from({ length: n }, (_, i) => matrix[i * n + i] ?? 0);
  const limit = n * Number.EPSILON * Math.max(0, ...rest);
  const factor: Float64Array[] = [];
  while (factor.length < n) {
    let pivot = 0;
    for (let i = 1; i < n; i += 1) if ((rest[i] ?? 0) > (rest[pivot] ?? 0)) pivot = i;
    const value = rest[pivot] ?? 0;
    if (value <= limit) break;
    const column = matrix.slice(pivot * n, (pivot + 1) * n);
    for (const earlier of factor) {
      const weight = earlier[pivot] ?? 0;
      if (weight === 0) continue;
      for (let i = 0; i < n; i += 1) column[i] = (column[i] ?? 0) - weight * (earlier[i] ?? 0);
    }
    const root = Math.sqrt(value);
    for (let i = 0; i < n; i += 1) {
      // Rows that were pivots before are zero in exact arithmetic.
      column[i] = rest[i] === -Infinity ? 0 : (column[i] ?? 0) / root;
      rest[i] = (rest[i] ?? 0) - (column[i] ?? 0) ** 2;
    }
    column[pivot] = root;
    rest[pivot] = -Infinity;
    factor.push(column);
  }
  return { factor, rank: factor.length };
}

/** Lᵀ M L for the columns of L: rank × rank. */
function sandwich(factor: readonly Float64Array[], rank: number, matrix: Float64Array, n: number): Float64Array {
  const result = new Float64Array(rank * rank);
  const product = new Float64Array(n);
  for (const [i, left] of factor.entries()) {
    product.fill(0);
    for (let k = 0; k < n; k += 1) {
      const weight = left[k] ?? 0;
      if (weight === 0) continue;
      for (let j = 0, at = k * n; j < n; j += 1, at += 1) product[j] = (product[j] ?? 0) + weight * (matrix[at] ?? 0);
    }
    for (let j = i; j < rank; j += 1) {
      const right = factor[j];
      if (right === undefined) continue;
      let sum = 0;
      for (let k = 0; k < n; k += 1) sum += (product[k] ?? 0) * (right[k] ?? 0);
      result[i * rank + j] = result[j * rank + i] = sum;
    }
  }
  return result;
}
