/** The special tokens of a Whisper vocabulary, which differ between the English and the multilingual networks. */
export interface SpeechTokens {
  readonly start: number;
  /** Ends a text. All tokens below it are text, all above it are special. */
  readonly end: number;
  readonly noTimestamps: number;
  /** Null for a network that knows one language and has no choice of task. */
  readonly transcribe: number | null;
  /** Tokens of the languages; empty for a network that knows English alone. */
  readonly languages: readonly number[];
  readonly suppressed: readonly number[];
  /** Suppressed as the first token only. */
  readonly suppressedFirst: readonly number[];
}

/** Seconds per step of a timestamp. */
export const TIMESTAMP_SEC = 0.02;

/** The first segment of a window begins within its first second, as in the reference implementation. */
const LATEST_START = 50;

export function firstTimestamp({ noTimestamps }: SpeechTokens): number {
  return noTimestamps + 1;
}

/**
 * Sets the scores of tokens that may not follow `chosen` to minus infinity, by the rules of the reference implementation
 * (Radford et al., 2022): timestamps come in pairs (but for the last) and never run backwards, and one is chosen whenever
 * all timestamps together are more probable than every text token.
 * @param logits of all tokens; changed in place
 */
export function applyRules(
  logits: Float32Array,
  chosen: readonly number[],
  tokens: SpeechTokens,
  timestamps: boolean,
): void {
  const from = firstTimestamp(tokens);
  for (const token of tokens.suppressed) logits[token] = -Infinity;
  logits[tokens.noTimestamps] = -Infinity;
  if (chosen.length === 0) for (const token of tokens.suppressedFirst) logits[token] = -Infinity;
  if (!timestamps) {
    logits.fill(-Infinity, from);
    return;
  }
  const isTime = (token: number | undefined): boolean => token !== undefined && token >= from;
  const last = chosen.at(-1);
  if (chosen.length === 0) {
    logits.fill(-Infinity, 0, from);
    logits.fill(-Infinity, from + LATEST_START + 1);
    return;
  }
  const pairClosed = isTime(last) && (chosen.length < 2 || isTime(chosen.at(-2)));
  if (pairClosed) logits.fill(-Infinity, from);
  else if (isTime(last)) logits.fill(-Infinity, 0, tokens.end);
  const latest = chosen.findLast(isTime);
  // The end of a segment is later than its start; the next segment may start where the last one ended.
  if (latest !== undefined) logits.fill(-Infinity, from, isTime(last) && !pairClosed ? latest : latest + 1);
  if (timeIsLikelier(logits, from)) logits.fill(-Infinity, 0, from);
}

function timeIsLikelier(logits: Float32Array, from: number): boolean {
  let [largestText, largestTime] = [-Infinity, -Infinity];
  for (let token = 0; token < logits.length; token++) {
    const value = logits[token] ?? -Infinity;
    if (token < from) largestText = Math.max(largestText, value);
    else largestTime = Math.max(largestTime, value);
  }
  if (largestTime === -Infinity) return false;
  let sum = 0;
  for (let token = from; token < logits.length; token++) sum += Math.exp((logits[token] ?? -Infinity) - largestTime);
  return largestTime + Math.log(sum) > largestText;
}

/** The most probable token, and the natural logarithm of its probability among those that are allowed. */
export function mostProbable(logits: Float32Array): { readonly token: number; readonly logProbability: number } {
  let token = 0;
  for (let index = 1; index < logits.length; index++)
    if ((logits[index] ?? -Infinity) > (logits[token] ?? -Infinity)) token = index;
  return { token, logProbability: logProbabilityOf(logits, token) };
}

export function logProbabilityOf(logits: Float32Array, token: number): number {
  let largest = -Infinity;
  for (const value of logits) if (value > largest) largest = value;
  let sum = 0;
  for (const value of logits) sum += Math.exp(value - largest);
  return (logits[token] ?? -Infinity) - largest - Math.log(sum);
}

/** A loop of the decoder that ends with the last text token: how many tokens repeat, and how often they came in a row. */
const LOOP_TIMES = 5;
const LOOP_TOKENS = 20;

/** Whether the last tokens are one phrase, said at least five times in a row over at least twenty tokens. */
export function isLoop(text: readonly number[]): boolean {
  for (let period = 1; period * LOOP_TIMES <= text.length; period++) {
    const needed = Math.max(LOOP_TIMES * period, LOOP_TOKENS);
    if (needed > text.length) continue;
    let same = 0;
    while (same < needed - period && text.at(-1 - same) === text.at(-1 - same - period)) same++;
    if (same === needed - period) return true;
  }
  return false;
}
