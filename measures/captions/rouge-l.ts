import type { CaptionPair } from './bleu.js';

/** Weight of recall against precision in the caption package. */
const BETA = 1.2;

/**
 * ROUGE-L of one caption: F score of the longest common subsequence, with the best precision and the best recall over the
 * references (Lin, 2004), equal to pycocoevalcap's. 0 to 1, higher is better. Two empty texts score 1, as they do there.
 */
export function rougeL({ candidate, references }: CaptionPair): number {
  // Splitting at single spaces, as the package does: an empty text is one empty word.
  const words = candidate.split(' ');
  let precision = 0;
  let recall = 0;
  for (const reference of references) {
    const others = reference.split(' ');
    const common = longestCommonSubsequence(words, others);
    precision = Math.max(precision, common / words.length);
    recall = Math.max(recall, common / others.length);
  }
  if (precision === 0 || recall === 0) return 0;
  return ((1 + BETA ** 2) * precision * recall) / (recall + BETA ** 2 * precision);
}

function longestCommonSubsequence(a: readonly string[], b: readonly string[]): number {
  let row = new Uint32Array(b.length + 1);
  for (const word of a) {
    const next = new Uint32Array(b.length + 1);
    for (let j = 1; j <= b.length; j += 1)
      next[j] = word === b[j - 1] ? (row[j - 1] ?? 0) + 1 : Math.max(row[j] ?? 0, next[j - 1] ?? 0);
    row = next;
  }
  return row[b.length] ?? 0;
}
