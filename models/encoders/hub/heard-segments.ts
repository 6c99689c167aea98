import type { HeardSegment, HeardWord } from '../encoder.js';
import { TIMESTAMP_SEC, firstTimestamp, type SpeechTokens } from '../../runtime/speech/token-rules.js';
import type { ByteLevelText } from './byte-level-text.js';

/** The tokens of one window with what the network says about each. */
export interface WindowTokens {
  readonly tokens: ArrayLike<number>;
  readonly logProbabilities: ArrayLike<number>;
  /** Step of 20 ms at which each token begins; null without times of words. */
  readonly starts: ArrayLike<number> | null;
  /** Length of the window's sound. */
  readonly seconds: number;
}

interface Piece {
  readonly text: string;
  readonly startSec: number;
  readonly endSec: number;
}

/** Languages that are written without spaces between words: each character counts as one. */
const WITHOUT_SPACES = new Set(['zh', 'ja', 'th', 'lo', 'my', 'yue', 'km', 'bo']);

/**
 * Parses the tokens of a window into segments with words. Segments begin and end at pairs of timestamps; without any, all
 * of it is one segment. Words begin where their first token does, never outside their segment's window.
 */
export function segmentsOf(
  window: WindowTokens,
  special: SpeechTokens,
  text: ByteLevelText,
  language: string,
): HeardSegment[] {
  const { tokens, seconds } = window;
  const from = firstTimestamp(special);
  const segments: HeardSegment[] = [];
  let begin = 0;
  let startSec = 0;
  const close = (end: number, endSec: number): void => {
    const segment = segmentAt(window, begin, end, special.end, text, WITHOUT_SPACES.has(language));
    if (segment !== null) {
      const last = segment.words.at(-1)?.endSec ?? endSec;
      segments.push({
        ...segment,
        startSec: Math.min(startSec, segment.words[0]?.startSec ?? startSec),
        endSec: Math.min(seconds, Math.max(endSec, last, startSec)),
      });
    }
    begin = end;
  };
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index] ?? 0;
    if (token < from) continue;
    const timeSec = Math.min(seconds, (token - from) * TIMESTAMP_SEC);
    close(index, timeSec);
    begin = index + 1;
    startSec = timeSec;
  }
  close(tokens.length, seconds);
  return segments;
}

/** Where the sound was consumed up to: the last timestamp where a segment began that was never finished, else all of it. */
export function consumedSec(window: WindowTokens, special: SpeechTokens): number {
  const { tokens, seconds } = window;
  const from = firstTimestamp(special);
  const [last, before] = [tokens[tokens.length - 1] ?? 0, tokens[tokens.length - 2] ?? 0];
  return last >= from && before >= from ? Math.min(seconds, (last - from) * TIMESTAMP_SEC) : seconds;
}

function segmentAt(
  { tokens, logProbabilities, starts, seconds }: WindowTokens,
  from: number,
  to: number,
  end: number,
  text: ByteLevelText,
  withoutSpaces: boolean,
): HeardSegment | null {
  const decoder = new TextDecoder('utf-8');
  const pieces: Piece[] = [];
  let logProbability = 0;
  let count = 0;
  let pending: number | null = null;
  const at = (index: number): number => Math.min(seconds, (starts?.[index] ?? 0) * TIMESTAMP_SEC);
  for (let index = from; index < to; index++) {
    const token = tokens[index] ?? 0;
    if (token >= end) continue;
    count += 1;
    logProbability += logProbabilities[index] ?? 0;
    pending ??= at(index);
    const piece = decoder.decode(text.bytesOf(token), { stream: true });
    if (piece === '') continue;
    // The step that begins the next token ends this one; behind the last there is one for the end of the text.
    pieces.push({ text: piece, startSec: pending, endSec: Math.max(pending, at(index + 1)) });
    pending = null;
  }
  const whole = pieces.map((piece) => piece.text).join('') + decoder.decode();
  if (whole.trim() === '') return null;
  const words = starts === null ? [] : wordsOf(pieces, withoutSpaces);
  return { startSec: 0, endSec: 0, text: whole.trim(), meanLogProbability: logProbability / count, words };
}

/** Joins the pieces of words, and punctuation to the word it stands beside. */
function wordsOf(pieces: readonly Piece[], withoutSpaces: boolean): HeardWord[] {
  const words: { text: string; startSec: number; endSec: number }[] = [];
  for (const piece of pieces) {
    const last = words.at(-1);
    const begins = /^\s/.test(piece.text) || last === undefined || (withoutSpaces && !isPunctuation(piece.text));
    // An opening bracket or quote waits for the word behind it.
    const opens = last !== undefined && /^["'“‘([{¿¡\-–—]+$/.test(last.text) && !/^\s/.test(piece.text);
    if (last !== undefined && (opens || !begins || isPunctuation(piece.text.trim()))) {
      const spoken = !isPunctuation(piece.text.trim());
      last.text += piece.text.trimStart();
      if (spoken) last.endSec = Math.max(last.endSec, piece.endSec);
    } else words.push({ text: piece.text.trim(), startSec: piece.startSec, endSec: piece.endSec });
  }
  return words.filter(({ text }) => text !== '');
}

function isPunctuation(text: string): boolean {
  return text !== '' && /^[\p{P}\p{S}]+$/u.test(text);
}
