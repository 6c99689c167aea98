import { deflateRawSync } from 'node:zlib';
import type { Utterance } from '../../core/schemas/transcript.js';
import type { Span } from '../sound/silences.js';
import type { HeardFile, HeardWindowInFile } from './heard.js';
import { covered } from './listening-spans.js';
import { stockPhrase } from './stock-phrases.js';

type Flag = Utterance['flags'][number];
type Segment = HeardWindowInFile['segments'][number];

/**
 * Thresholds. Those of probabilities were chosen on a part of ESC-10 (every fourth sound, 64 of them) and on the recorded
 * speech; bench/results/transcripts.md says what was measured with them on other sounds.
 */
export interface DoubtThresholds {
  /** From this probability of "nobody speaks" on, everything in the window is doubtful. */
  readonly noSpeech: number;
  /** Below this mean log probability. */
  readonly logProbability: number;
  /** Below, together with `noSpeechWeak`: two weak signals make a strong one. */
  readonly logProbabilityWeak: number;
  readonly noSpeechWeak: number;
}

export const THRESHOLDS: DoubtThresholds = {
  noSpeech: 0.22,
  logProbability: -1,
  logProbabilityWeak: -0.6,
  noSpeechWeak: 0.12,
};

/** Text in a window that compresses better than this repeats itself (the reference implementation's threshold). */
const COMPRESSIBLE = 2.4;
/** Share of different words, of at least so many (NeMo Curator's rule). */
const UNIQUE_WORDS = 0.4;
const LEAST_WORDS = 6;
/** Nobody speaks faster (NeMo Curator's rule). */
const CHARACTERS_PER_SEC = 40;
/** Timestamps are as coarse as 0.2 s; a short word may seem fast. */
const LEAST_SEC = 0.5;
/** So many utterances in a row with the same text. */
const REPEATED = 3;
/** At least so much of an utterance must lie where a voice was heard. */
const SUPPORTED = 0.1;

/** For every segment of every window, in order, the reasons to doubt that it was said. */
export function doubtsOf(
  { windows, voices }: Pick<HeardFile, 'windows' | 'voices'>,
  thresholds: DoubtThresholds = THRESHOLDS,
): Flag[][] {
  const segments = windows.flatMap((window) => window.segments.map((segment) => ({ window, segment })));
  const repeated = repeatedTexts(segments.map(({ segment }) => segment.text));
  return segments.map(({ window, segment }, index) => {
    const flags: Flag[] = [];
    const { noSpeechProbability: noSpeech } = window;
    const { meanLogProbability: probability } = segment;
    const weak = noSpeech >= thresholds.noSpeechWeak || probability < thresholds.logProbabilityWeak;
    if (noSpeech >= thresholds.noSpeech) flags.push('no-speech');
    if (
      probability < thresholds.logProbability ||
      (noSpeech >= thresholds.noSpeechWeak && probability < thresholds.logProbabilityWeak)
    )
      flags.push('low-probability');
    flags.push(...doubtsOfText(segment));
    if (repeated[index]) flags.push('repeated-window');
    if (weak && stockPhrase(segment.text, window.language)) flags.push('stock-phrase');
    if (voices !== null && !supported(segment, voices)) flags.push('no-speech-detected');
    if (!window.finished) flags.push('unfinished');
    return flags;
  });
}

function doubtsOfText(segment: Segment): Flag[] {
  const flags: Flag[] = [];
  const bytes = Buffer.from(segment.text, 'utf8');
  if (bytes.length / deflateRawSync(bytes).length > COMPRESSIBLE) flags.push('compressible');
  const words = normalised(segment.text).split(' ');
  if (words.length >= LEAST_WORDS && new Set(words).size / words.length <= UNIQUE_WORDS) flags.push('few-unique-words');
  const seconds = Math.max(LEAST_SEC, segment.endSec - segment.startSec);
  if (Array.from(segment.text).length / seconds > CHARACTERS_PER_SEC) flags.push('too-fast');
  return flags;
}

function repeatedTexts(texts: readonly string[]): boolean[] {
  const same = texts.map(normalised);
  const result = texts.map(() => false);
  for (let from = 0; from < same.length;) {
    let to = from + 1;
    while (to < same.length && same[to] === same[from]) to += 1;
    if (to - from >= REPEATED) result.fill(true, from, to);
    from = to;
  }
  return result;
}

function supported(segment: Segment, voices: readonly Span[]): boolean {
  const spans = segment.words.length > 0 ? segment.words : [segment];
  const shares = spans.map((span) => covered(span, voices));
  return shares.reduce((sum, share) => sum + share, 0) / shares.length >= SUPPORTED;
}

function normalised(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
