import { rowOf, type Matrix } from '../embeddings/cosine.js';
import { requireSamples } from './frechet.js';

/** Smallest probability in a logarithm: taggers give zeros. */
const LEAST = 1e-12;

/**
 * Inception-score form exp(mean KL(p ‖ mean p)) over class probabilities (Salimans et al., 2016): 1 to the number of
 * classes, higher means samples that are clear by themselves and differ from each other. Rows are normalised to sum to 1,
 * because taggers with independent classes do not.
 */
export function inceptionScore(probabilities: Matrix): number {
  requireSamples(probabilities.rows, probabilities.rows);
  const rows = Array.from({ length: probabilities.rows }, (_, row) => normalised(rowOf(probabilities, row)));
  const mean = rows[0]?.map((_, at) => rows.reduce((sum, row) => sum + (row[at] ?? 0), 0) / rows.length) ?? [];
  return Math.exp(rows.reduce((sum, row) => sum + divergence(row, mean), 0) / rows.length);
}

/**
 * Mean KL(reference ‖ generated) over pairs of class probabilities, in nats: 0 and up, lower is better. Row i of both
 * belongs to the same prompt.
 */
export function pairedDivergence(reference: Matrix, generated: Matrix): number {
  if (reference.rows !== generated.rows) throw new RangeError(`${reference.rows} and ${generated.rows} rows`);
  let sum = 0;
  for (let row = 0; row < reference.rows; row += 1)
    sum += divergence(normalised(rowOf(reference, row)), normalised(rowOf(generated, row)));
  return sum / reference.rows;
}

function divergence(p: readonly number[], q: readonly number[]): number {
  return p.reduce((sum, share, at) => sum + share * Math.log(Math.max(LEAST, share) / Math.max(LEAST, q[at] ?? 0)), 0);
}

function normalised(row: ArrayLike<number>): number[] {
  const values = Array.from(row);
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => (sum > 0 ? value / sum : 1 / values.length));
}
