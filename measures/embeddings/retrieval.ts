import { seededStream } from '../bootstrap.js';
import { cosine, cosines, rowOf, type Matrix } from './cosine.js';

/**
 * Recall at k of retrieval: the share of queries with a right item among the k items of the highest cosine, 0 to 1.
 * @param queries one vector per row
 * @param itemOf the right item of each query; several queries may share one
 */
export function recallAt(
  queries: Matrix,
  items: Matrix,
  itemOf: (query: number) => number,
  ks: readonly number[],
): number[] {
  const scores = cosines(queries, items);
  const ranks = Array.from({ length: queries.rows }, (_, query) => {
    const row = rowOf(scores, query);
    const own = row[itemOf(query)] ?? -Infinity;
    let better = 0;
    for (const score of row) if (score > own) better += 1;
    return better;
  });
  return ks.map((k) => ranks.filter((rank) => rank < k).length / ranks.length);
}

/**
 * What matched and unmatched pairs get with an encoder: without both, a single cosine says nothing.
 * @param seed of the permutation that makes unmatched pairs; no row keeps its partner
 */
export function matchedAndShuffled(
  a: Matrix,
  b: Matrix,
  seed = 1,
): { readonly matched: number; readonly shuffled: number } {
  const random = seededStream(seed);
  const shift = 1 + Math.floor(random() * Math.max(1, a.rows - 1));
  let matched = 0;
  let shuffled = 0;
  for (let row = 0; row < a.rows; row += 1) {
    matched += cosine(rowOf(a, row), rowOf(b, row));
    shuffled += cosine(rowOf(a, row), rowOf(b, (row + shift) % a.rows));
  }
  return { matched: matched / a.rows, shuffled: shuffled / a.rows };
}
