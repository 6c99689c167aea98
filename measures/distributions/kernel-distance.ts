import { seededStream } from '../bootstrap.js';
import { dot, rowOf, type Matrix } from '../embeddings/cosine.js';
import { requireSamples } from './frechet.js';

export interface KernelDistanceOptions {
  /** Rows of each side in one estimate; larger sets are averaged over several draws. */
  readonly subsetRows?: number;
  readonly subsets?: number;
  readonly seed?: number;
}

/** As in the reference implementation of KID: 100 subsets of 1,000 rows. */
const SUBSET_ROWS = 1_000;
const SUBSETS = 100;

/**
 * Unbiased squared maximum mean discrepancy with the kernel (x·y / d + 1)³ (Bińkowski et al., 2018; KVD is this on video
 * features): around 0 for equal distributions, possibly below; lower is better. Sets of at most `subsetRows` rows are
 * compared whole, larger ones as the mean over random subsets, so time and memory stay bounded.
 */
export function kernelDistance(a: Matrix, b: Matrix, options: KernelDistanceOptions = {}): number {
  requireSamples(a.rows, b.rows);
  const { subsetRows = SUBSET_ROWS, subsets = SUBSETS, seed = 1 } = options;
  if (a.rows <= subsetRows && b.rows <= subsetRows) return discrepancy(a, b, indices(a.rows), indices(b.rows));
  const random = seededStream(seed);
  let sum = 0;
  for (let round = 0; round < subsets; round += 1)
    sum += discrepancy(a, b, draw(a.rows, subsetRows, random), draw(b.rows, subsetRows, random));
  return sum / subsets;
}

function discrepancy(a: Matrix, b: Matrix, rowsA: Uint32Array, rowsB: Uint32Array): number {
  const within = (matrix: Matrix, rows: Uint32Array): number => {
    let sum = 0;
    for (let i = 0; i < rows.length; i += 1)
      for (let j = i + 1; j < rows.length; j += 1) sum += kernel(matrix, rows[i] ?? 0, matrix, rows[j] ?? 0);
    return (2 * sum) / (rows.length * (rows.length - 1));
  };
  let cross = 0;
  for (const i of rowsA) for (const j of rowsB) cross += kernel(a, i, b, j);
  return within(a, rowsA) + within(b, rowsB) - (2 * cross) / (rowsA.length * rowsB.length);
}

function kernel(a: Matrix, i: number, b: Matrix, j: number): number {
  return (dot(rowOf(a, i), rowOf(b, j)) / a.columns + 1) ** 3;
}

function indices(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, index) => index);
}

/** Distinct rows in random order. */
function draw(count: number, wanted: number, random: () => number): Uint32Array {
  const all = indices(count);
  const size = Math.min(count, wanted);
  for (let at = 0; at < size; at += 1) {
    const other = at + Math.floor(random() * (count - at));
    const kept = all[at] ?? 0;
    all[at] = all[other] ?? 0;
    all[other] = kept;
  }
  return all.subarray(0, size);
}
