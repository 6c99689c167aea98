import type { CaptionPair } from './bleu.js';
import { LONGEST_NGRAM, countNgrams, lengthOf, splitWords } from './ngrams.js';

/** Width of the penalty on unlike lengths, in n-grams. */
const SIGMA = 6;
/** The package's scale: a perfect caption gets 10. */
const SCALE = 10;

interface Weighted {
  /** Weight of each n-gram, by length. */
  readonly vectors: readonly Map<string, number>[];
  readonly norms: readonly number[];
  /** Number of bigrams: the package takes it for the length of a caption. */
  readonly length: number;
}

export interface CiderResult {
  /** Mean over the captions: 0 to 10, higher is better. */
  readonly corpus: number;
  readonly perCaption: readonly number[];
}

/**
 * CIDEr-D (Vedantam et al., 2015), equal to pycocoevalcap's. N-grams are weighted by how rare they are in the references of
 * this very set, so figures of different sets, and of fewer than some dozens of captions, cannot be compared.
 */
export function ciderD(pairs: readonly CaptionPair[]): CiderResult {
  const frequency = new Map<string, number>();
  for (const { references } of pairs) {
    const seen = new Set(references.flatMap((reference) => [...countNgrams(splitWords(reference)).keys()]));
    for (const ngram of seen) frequency.set(ngram, (frequency.get(ngram) ?? 0) + 1);
  }
  const logCount = Math.log(pairs.length);
  const weigh = (text: string): Weighted => {
    const vectors = Array.from({ length: LONGEST_NGRAM }, () => new Map<string, number>());
    const squares = new Array<number>(LONGEST_NGRAM).fill(0);
    let length = 0;
    for (const [ngram, count] of countNgrams(splitWords(text))) {
      const at = lengthOf(ngram) - 1;
      const weight = count * (logCount - Math.log(Math.max(1, frequency.get(ngram) ?? 0)));
      vectors[at]?.set(ngram, weight);
      squares[at] = (squares[at] ?? 0) + weight ** 2;
      if (at === 1) length += count;
    }
    return { vectors, norms: squares.map(Math.sqrt), length };
  };
  const perCaption = pairs.map(({ candidate, references }) => {
    const ours = weigh(candidate);
    const scores = references.map((reference) => similarity(ours, weigh(reference)));
    return (SCALE * scores.reduce((sum, score) => sum + score, 0)) / Math.max(1, references.length);
  });
  return { corpus: perCaption.reduce((sum, score) => sum + score, 0) / Math.max(1, pairs.length), perCaption };
}

function similarity(ours: Weighted, theirs: Weighted): number {
  const penalty = Math.exp(-((ours.length - theirs.length) ** 2) / (2 * SIGMA ** 2));
  let sum = 0;
  for (let at = 0; at < LONGEST_NGRAM; at += 1) {
    const other = theirs.vectors[at];
    let common = 0;
    for (const [ngram, weight] of ours.vectors[at] ?? []) {
      const theirWeight = other?.get(ngram) ?? 0;
      common += Math.min(weight, theirWeight) * theirWeight;
    }
    const norms = (ours.norms[at] ?? 0) * (theirs.norms[at] ?? 0);
    sum += penalty * (norms === 0 ? common : common / norms);
  }
  return sum / LONGEST_NGRAM;
}
