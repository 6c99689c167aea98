import { LONGEST_NGRAM, countNgrams, lengthOf, splitWords } from './ngrams.js';

/** A caption and what it is compared with, as words between spaces (`tokeniseCaption`). */
export interface CaptionPair {
  readonly candidate: string;
  readonly references: readonly string[];
}

/** The reference package's guards against division by zero. */
const TINY = 1e-15;
const SMALL = 1e-9;

export interface BleuResult {
  /** BLEU-4 of the whole set: counts are added before the ratios are taken. 0 to 1, higher is better. */
  readonly corpus: number;
  readonly perCaption: readonly number[];
}

/** BLEU-4 with the closest reference length (Papineni et al., 2002), equal to pycocoevalcap's. */
export function bleu4(pairs: readonly CaptionPair[]): BleuResult {
  const total = { matched: zeros(), possible: zeros(), length: 0, reference: 0 };
  const perCaption = pairs.map(({ candidate, references }) => {
    const words = splitWords(candidate);
    const lengths = references.map((reference) => splitWords(reference).length);
    const most = new Map<string, number>();
    for (const reference of references)
      for (const [ngram, count] of countNgrams(splitWords(reference)))
        most.set(ngram, Math.max(count, most.get(ngram) ?? 0));
    const matched = zeros();
    for (const [ngram, count] of countNgrams(words)) {
      const at = lengthOf(ngram) - 1;
      matched[at] = (matched[at] ?? 0) + Math.min(count, most.get(ngram) ?? 0);
    }
    const possible = zeros().map((_, at) => Math.max(0, words.length - at));
    const reference = closest(lengths, words.length);
    for (let at = 0; at < LONGEST_NGRAM; at += 1) {
      total.matched[at] = (total.matched[at] ?? 0) + (matched[at] ?? 0);
      total.possible[at] = (total.possible[at] ?? 0) + (possible[at] ?? 0);
    }
    total.length += words.length;
    total.reference += reference;
    return score(matched, possible, words.length, reference);
  });
  return { corpus: score(total.matched, total.possible, total.length, total.reference), perCaption };
}

function score(matched: readonly number[], possible: readonly number[], length: number, reference: number): number {
  let product = 1;
  for (let at = 0; at < LONGEST_NGRAM; at += 1) product *= ((matched[at] ?? 0) + TINY) / ((possible[at] ?? 0) + SMALL);
  const ratio = (length + TINY) / (reference + SMALL);
  return product ** (1 / LONGEST_NGRAM) * (ratio < 1 ? Math.exp(1 - 1 / ratio) : 1);
}

/** Of two lengths equally far away, the shorter one. */
function closest(lengths: readonly number[], length: number): number {
  return [...lengths].sort((a, b) => Math.abs(a - length) - Math.abs(b - length) || a - b)[0] ?? 0;
}

function zeros(): number[] {
  return new Array<number>(LONGEST_NGRAM).fill(0);
}
