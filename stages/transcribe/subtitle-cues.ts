import { z } from 'zod';
import type { TranscriptFile, Utterance } from '../../core/schemas/transcript.js';

/** Limits within which people can read subtitles: those of the BBC's and Netflix's guidelines, in round numbers. */
export const cueLimitsSchema = z.strictObject({
  lineCharacters: z.number().int().min(10).max(200).default(42),
  lines: z.number().int().min(1).max(4).default(2),
  minSec: z.number().positive().max(10).default(1),
  maxSec: z.number().positive().max(60).default(7),
});
export type CueLimits = z.infer<typeof cueLimitsSchema>;

export interface Cue {
  readonly startSec: number;
  readonly endSec: number;
  readonly lines: readonly string[];
}

interface Piece {
  readonly text: string;
  readonly startSec: number;
  readonly endSec: number;
}

/** A pause as long as this ends a cue. */
const PAUSE_SEC = 1;

/** How well a cue or a line ends behind a word: at a sentence, a phrase, before a conjunction, or anywhere. */
function breakValue(word: string, next: string | undefined): number {
  if (/[.!?…。！？]["'”’)\]]*$/u.test(word)) return 4;
  if (/[,;:–—，、；：]["'”’)\]]*$/u.test(word)) return 3;
  if (
    next !== undefined &&
    /^(and|but|or|because|that|which|who|when|where|if|so|und|aber|et|mais|y|pero)$/i.test(next)
  )
    return 2;
  // An article or a preposition stays with the word behind it.
  return /^(a|an|the|of|to|in|on|at|for|with|my|your|his|her|our|their|der|die|das|le|la|les|de)$/i.test(word) ? 0 : 1;
}

/** Makes cues of the utterances that are shown: the flagged ones only if the file says so. */
export function cuesOf(
  { utterances, keepDoubtful }: Pick<TranscriptFile, 'utterances' | 'keepDoubtful'>,
  limits: CueLimits,
): Cue[] {
  const shown = utterances.filter(({ flags }) => keepDoubtful || flags.length === 0);
  const cues = shown.flatMap((utterance) => cuesOfUtterance(utterance, limits));
  return withReadableTimes(cues, limits);
}

function cuesOfUtterance(utterance: Utterance, limits: CueLimits): Cue[] {
  const words = piecesOf(utterance, limits);
  const joint = joinerOf(utterance.text);
  const cues: Cue[] = [];
  for (let from = 0; from < words.length;) {
    const to = endOfCue(words, from, joint, limits);
    const part = words.slice(from, to);
    const [first, last] = [part[0], part.at(-1)];
    if (first && last)
      cues.push({
        startSec: first.startSec,
        endSec: Math.max(last.endSec, first.startSec),
        lines: linesOf(
          part.map(({ text }) => text),
          joint,
          limits,
        ),
      });
    from = to;
  }
  return cues;
}

/** The words with their times; without times, evenly spread by their length. A word longer than a line is cut. */
function piecesOf({ words, text, startSec, endSec }: Utterance, { lineCharacters }: CueLimits): Piece[] {
  const joint = joinerOf(text);
  const timed =
    words.length > 0 ? words : spread(joint === '' ? Array.from(text) : text.split(/\s+/), startSec, endSec);
  return timed.flatMap((word) => {
    const characters = Array.from(word.text);
    if (characters.length <= lineCharacters) return [word];
    const parts = Math.ceil(characters.length / lineCharacters);
    const texts = Array.from({ length: parts }, (_, part) =>
      characters.slice(part * lineCharacters, (part + 1) * lineCharacters).join(''),
    );
    return spread(texts, word.startSec, word.endSec);
  });
}

function spread(texts: readonly string[], startSec: number, endSec: number): Piece[] {
  const total = texts.reduce((sum, text) => sum + text.length, 0) || 1;
  let done = 0;
  return texts.map((text) => {
    const from = startSec + ((endSec - startSec) * done) / total;
    done += text.length;
    return { text, startSec: from, endSec: startSec + ((endSec - startSec) * done) / total };
  });
}

/** Words are joined by spaces, except where most of the text is written without. */
function joinerOf(text: string): string {
  const characters = Array.from(text);
  const dense = characters.filter((character) =>
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(character),
  );
  return dense.length * 2 > characters.length ? '' : ' ';
}

/** The longest run of words that fits, ended at the best place of its last part. */
function endOfCue(words: readonly Piece[], from: number, joint: string, limits: CueLimits): number {
  const start = words[from]?.startSec ?? 0;
  let longest = from + 1;
  while (longest < words.length) {
    const [word, before] = [words[longest], words[longest - 1]];
    if (!word || !before || word.startSec - before.endSec >= PAUSE_SEC || word.endSec - start > limits.maxSec) break;
    const texts = words.slice(from, longest + 1).map(({ text }) => text);
    if (linesOf(texts, joint, limits).length > limits.lines) break;
    longest += 1;
  }
  if (longest === words.length) return longest;
  let best = { at: longest, value: -1 };
  const earliest = from + Math.max(1, Math.ceil((longest - from) / 2));
  for (let at = earliest; at <= longest; at++) {
    const value = breakValue(words[at - 1]?.text ?? '', words[at]?.text);
    if (value >= best.value) best = { at, value };
  }
  return best.at;
}

/** Wraps words into as few lines as fit; two lines are broken at a phrase, near the middle. */
function linesOf(words: readonly string[], joint: string, { lineCharacters }: CueLimits): string[] {
  const lengthOf = (texts: readonly string[]): number => Array.from(texts.join(joint)).length;
  if (lengthOf(words) <= lineCharacters) return [words.join(joint)];
  let best: { at: number; value: number } | null = null;
  for (let at = 1; at < words.length; at++) {
    const [above, below] = [lengthOf(words.slice(0, at)), lengthOf(words.slice(at))];
    if (above > lineCharacters || below > lineCharacters) continue;
    const value = breakValue(words[at - 1] ?? '', words[at]) - Math.abs(above - below) / lineCharacters;
    if (best === null || value > best.value) best = { at, value };
  }
  if (best !== null) return [words.slice(0, best.at).join(joint), words.slice(best.at).join(joint)];
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && Array.from(last + joint + word).length <= lineCharacters)
      lines[lines.length - 1] = last + joint + word;
    else lines.push(word);
  }
  return lines;
}

/** Lengthens short cues into the pause behind them, and lets none overlap the next or last too long. */
function withReadableTimes(cues: readonly Cue[], { minSec, maxSec }: CueLimits): Cue[] {
  return cues.map((cue, index) => {
    const next = cues[index + 1]?.startSec ?? Infinity;
    const wanted = Math.min(Math.max(cue.endSec, cue.startSec + minSec), cue.startSec + maxSec);
    return { ...cue, endSec: Math.max(Math.min(wanted, next), Math.min(cue.startSec + 0.001, next)) };
  });
}
