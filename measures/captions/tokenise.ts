const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
const TOKEN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|[\p{L}\p{N}]+(?:['’.-][\p{L}\p{N}]+)*/gu;

/**
 * Words of a caption for the caption measures: lower case, without punctuation, an ideograph being a word of its own. The
 * reference packages call a Java tokeniser (PTB) here; this one differs from it in contractions ("don't" stays one word),
 * which moves scores in the third digit. Compare only figures of one tokeniser.
 */
export function tokeniseCaption(text: string): string {
  return (text.normalize('NFKC').toLowerCase().match(TOKEN) ?? []).join(' ');
}

/** True for a word that is one ideograph or kana. */
export function isIdeograph(word: string): boolean {
  return CJK.test(word);
}
