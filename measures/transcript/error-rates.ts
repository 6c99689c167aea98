import { isIdeograph } from '../captions/tokenise.js';

export interface Edits {
  readonly substitutions: number;
  readonly deletions: number;
  readonly insertions: number;
  /** Units of the reference. */
  readonly reference: number;
}

/**
 * The normaliser of `wordEdits` and `characterEdits`: Unicode NFKC, lower case, typographic apostrophes as plain ones, no
 * punctuation and no symbols (an apostrophe between letters stays), single spaces. Numbers and abbreviations stay as they
 * are written: "20" is not "twenty".
 */
export function normaliseTranscript(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[’‘]/gu, "'")
    .replace(/(?<=\p{L})'(?=\p{L})|[\p{P}\p{S}]/gu, (match, at: number, all: string) =>
      match === "'" && /\p{L}/u.test(all[at - 1] ?? '') && /\p{L}/u.test(all[at + 1] ?? '') ? match : ' ',
    )
    .replace(/\s+/gu, ' ')
    .trim();
}

/** Edits between the words of two texts, after `normaliseTranscript`. An ideograph is a word. */
export function wordEdits(predicted: string, truth: string): Edits {
  return editsBetween(wordsOf(predicted), wordsOf(truth));
}

/** Edits between the characters of two texts, after `normaliseTranscript`, spaces left out. */
export function characterEdits(predicted: string, truth: string): Edits {
  const characters = (text: string): string[] => Array.from(normaliseTranscript(text).replaceAll(' ', ''));
  return editsBetween(characters(predicted), characters(truth));
}

/**
 * Error rate of edits that were added up: edits over units of the reference. 0 and up, above 1 where much is invented;
 * lower is better. Null for an empty reference: what was inserted there is counted, but has no rate.
 */
export function errorRate(edits: readonly Edits[]): number | null {
  const reference = edits.reduce((sum, each) => sum + each.reference, 0);
  const errors = edits.reduce((sum, each) => sum + each.substitutions + each.deletions + each.insertions, 0);
  return reference === 0 ? null : errors / reference;
}

function wordsOf(text: string): string[] {
  return normaliseTranscript(text)
    .split(' ')
    .flatMap((word) => {
      if (!isIdeograph(word)) return word === '' ? [] : [word];
      return (
        word.match(
          /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|[^\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+/gu,
        ) ?? []
      );
    });
}

/** Fewest edits that turn `truth` into `predicted`; of several ways with as few, substitutions are preferred. */
export function editsBetween(predicted: readonly string[], truth: readonly string[]): Edits {
  const width = predicted.length + 1;
  // One row of costs and of each kind of edit; row 0 inserts everything.
  let row = Array.from({ length: width }, (_, at) => ({ substitutions: 0, deletions: 0, insertions: at }));
  const cost = (edits: { substitutions: number; deletions: number; insertions: number }): number =>
    edits.substitutions + edits.deletions + edits.insertions;
  for (const unit of truth) {
    const first = row[0] ?? { substitutions: 0, deletions: 0, insertions: 0 };
    const next = [{ ...first, deletions: first.deletions + 1 }];
    for (let at = 1; at < width; at += 1) {
      const diagonal = row[at - 1] ?? first;
      const above = row[at] ?? first;
      const left = next[at - 1] ?? first;
      const isSame = predicted[at - 1] === unit;
      let best = isSame ? diagonal : { ...diagonal, substitutions: diagonal.substitutions + 1 };
      if (cost(above) + 1 < cost(best)) best = { ...above, deletions: above.deletions + 1 };
      if (cost(left) + 1 < cost(best)) best = { ...left, insertions: left.insertions + 1 };
      next.push(best);
    }
    row = next;
  }
  return { ...(row[width - 1] ?? { substitutions: 0, deletions: 0, insertions: 0 }), reference: truth.length };
}
