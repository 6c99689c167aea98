/** Cosine above which a predicted word counts as supported (mutonix/Vript, vript-hard). */
const SUPPORTED = 0.5;

export interface HallucinationScore {
  /** Share of predicted words that some reference word supports, 0 to 1. */
  readonly precision: number;
  /** Share of reference words that some predicted word supports, 0 to 1. */
  readonly recall: number;
  readonly f1: number;
  /** Recall and F1 as the published code has them: it divides the predicted matches by the reference words, so its recall can exceed 1. */
  readonly published: { readonly recall: number; readonly f1: number };
}

/**
 * Vript-HAL of one clip: how much of a caption the reference captions support. Defects of the published code are mended:
 * its recall counts predicted instead of reference words (kept under `published`), and an empty list divides by zero (0 here).
 * @param predicted lemmas of the verbs, nouns and names of the caption, without stop words; `reference` those of all references
 * @param similarity cosine of two words; the published figures use all-mpnet-base-v2. Without one, equal words alone match.
 */
export function hallucinationScore(
  predicted: readonly string[],
  reference: readonly string[],
  similarity: (a: string, b: string) => number = (a, b) => Number(a === b),
): HallucinationScore {
  const ours = [...new Set(predicted)];
  const theirs = [...new Set(reference)];
  const supported = ours.filter((word) => theirs.some((other) => similarity(word, other) > SUPPORTED)).length;
  const found = theirs.filter((other) => ours.some((word) => similarity(word, other) > SUPPORTED)).length;
  const precision = share(supported, ours.length);
  const recall = share(found, theirs.length);
  const publishedRecall = share(supported, theirs.length);
  return {
    precision,
    recall,
    f1: harmonic(precision, recall),
    published: { recall: publishedRecall, f1: harmonic(precision, publishedRecall) },
  };
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function harmonic(a: number, b: number): number {
  return a + b === 0 ? 0 : (2 * a * b) / (a + b);
}
