/** Sentences of a fine-grained description: one summary, four to six on what is seen, one or two on what is heard. */
const FEWEST = 6;
const MOST = 9;

/** Words of sound in English (as beginnings) and Chinese. */
const SOUND_ENGLISH =
  /\b(sound|hear|audio|audibl|noise|nois|music|voice|speak|spoke|sing|sang|song|bark|ring|rang|buzz|hum|roar|laugh|cry|cries|clap|applau|cheer|silen|quiet|loud|melod|rhythm|whistl|beep|bang|engine)\w*/iu;
const SOUND_CHINESE = /[声音乐听响唱叫吵噪静嗡鸣]/u;
const SENTENCE = /[^.!?。！？]+(?:[.!?]+(?=\s|$)|[。！？]+|$)|[^.!?。！？]*[.!?](?=\S)/gu;

export interface FavdForm {
  readonly sentences: readonly string[];
  /** In words; empty for a text of the right form. */
  readonly problems: readonly string[];
}

/** Splits a text into sentences, in English or Chinese. A full stop inside a number ends none. */
export function sentencesOf(text: string): string[] {
  const parts: string[] = [];
  let open = '';
  for (const piece of text.match(SENTENCE) ?? []) {
    open += piece;
    if (/[.!?。！？]\s*$/u.test(open) && !/\d\.$/u.test(open)) {
      parts.push(open.trim());
      open = '';
    }
  }
  if (open.trim() !== '') parts.push(open.trim());
  return parts.filter((part) => part !== '');
}

/**
 * Checks a description against the form of FAVDBench: six to nine sentences, of which the first sums up and the last one or
 * two speak of sound. It says nothing about whether the description is true.
 */
export function checkFavdForm(text: string): FavdForm {
  const sentences = sentencesOf(text);
  const problems: string[] = [];
  if (sentences.length < FEWEST || sentences.length > MOST)
    problems.push(`${sentences.length} sentences instead of ${FEWEST} to ${MOST}`);
  const last = sentences.at(-1);
  if (last === undefined || !speaksOfSound(last)) problems.push('the last sentence does not speak of sound');
  const heard = sentences.filter(speaksOfSound).length;
  if (sentences.length >= FEWEST && heard === sentences.length)
    problems.push('no sentence speaks of the picture alone');
  return { sentences, problems };
}

function speaksOfSound(sentence: string): boolean {
  return SOUND_ENGLISH.test(sentence) || SOUND_CHINESE.test(sentence);
}
