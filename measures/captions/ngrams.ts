/** Longest n-gram of BLEU-4 and CIDEr-D. */
export const LONGEST_NGRAM = 4;

/** Words between spaces: what the reference packages see after their tokeniser. */
export function splitWords(text: string): string[] {
  return text.split(/\s+/u).filter((word) => word !== '');
}

/** Counts the n-grams of 1 to 4 words; the words of a key are joined by a space. */
export function countNgrams(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (let length = 1; length <= LONGEST_NGRAM; length += 1)
    for (let start = 0; start + length <= words.length; start += 1) {
      const key = words.slice(start, start + length).join(' ');
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  return counts;
}

/** Number of words of a key of `countNgrams`. */
export function lengthOf(ngram: string): number {
  let words = 1;
  for (let at = ngram.indexOf(' '); at >= 0; at = ngram.indexOf(' ', at + 1)) words += 1;
  return words;
}
