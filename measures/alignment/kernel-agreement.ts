import type { Matrix } from '../embeddings/cosine.js';

/**
 * Hilbert-Schmidt agreement of two sequences at every circular shift: the sum, over all pairs of moments, of the products of
 * their centred similarities. Null where one of the two does not change.
 * @param a one row per moment
 * @param b as many rows; at shift s its row i + s stands beside row i of `a`
 */
export function agreementByShift(a: Matrix, b: Matrix): Float64Array | null {
  const count = a.rows;
  const left = similarities(a);
  const right = similarities(b);
  if (left === null || right === null) return null;
  const result = new Float64Array(count);
  for (let shift = 0; shift < count; shift += 1) {
    const wrap = count - shift;
    let sum = 0;
    for (let i = 0; i < count; i += 1) {
      const row = i * count;
      const shifted = ((i + shift) % count) * count;
      // Two runs instead of a remainder for each pair.
      for (let j = 0; j < wrap; j += 1) sum += (left[row + j] ?? 0) * (right[shifted + shift + j] ?? 0);
      for (let j = wrap; j < count; j += 1) sum += (left[row + j] ?? 0) * (right[shifted + j - wrap] ?? 0);
    }
    result[shift] = sum;
  }
  return result;
}

/**
 * Gaussian similarities exp(-d² / median d²) of all pairs of rows, with the means of rows and columns removed, rows × rows.
 * The median over all pairs makes the width fit the clip. Null where no two rows differ.
 */
function similarities({ rows, columns, values }: Matrix): Float64Array | null {
  const result = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i += 1)
    for (let j = i + 1; j < rows; j += 1) {
      let sum = 0;
      for (let at = 0; at < columns; at += 1)
        sum += ((values[i * columns + at] ?? 0) - (values[j * columns + at] ?? 0)) ** 2;
      result[i * rows + j] = result[j * rows + i] = sum;
    }
  const sorted = Float64Array.from(result).sort();
  if (!((sorted.at(-1) ?? 0) > 0)) return null;
  const median =
    ((sorted[Math.floor((sorted.length - 1) / 2)] ?? 0) + (sorted[Math.floor(sorted.length / 2)] ?? 0)) / 2;
  for (const [at, distance] of result.entries()) result[at] = Math.exp(-distance / (median + 1e-9));
  const means = Float64Array.from({ length: rows }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < rows; j += 1) sum += result[i * rows + j] ?? 0;
    return sum / rows;
  });
  const all = means.reduce((sum, mean) => sum + mean, 0) / rows;
  for (let i = 0; i < rows; i += 1)
    for (let j = 0; j < rows; j += 1)
      result[i * rows + j] = (result[i * rows + j] ?? 0) - (means[i] ?? 0) - (means[j] ?? 0) + all;
  return result;
}
