import { describe, expect, it } from 'vitest';
import { applyRules, isLoop, mostProbable, type SpeechTokens } from './token-rules.js';

/** Texts 0 to 9, the end 10, the start 11, no timestamps 12, timestamps from 13 on. */
const TOKENS: SpeechTokens = {
  start: 11,
  end: 10,
  noTimestamps: 12,
  transcribe: null,
  languages: [],
  suppressed: [9],
  suppressedFirst: [0],
};
const FIRST_TIME = 13;

function allowed(chosen: number[], timestamps = true, favour: Record<number, number> = {}): number[] {
  const logits = new Float32Array(80);
  for (const [token, value] of Object.entries(favour)) logits[Number(token)] = value;
  applyRules(logits, chosen, TOKENS, timestamps);
  return Array.from(logits.keys()).filter((token) => logits[token] !== -Infinity);
}

describe('applyRules', () => {
  it('begins a text with a timestamp of the first second', () => {
    const tokens = allowed([]);
    expect(tokens[0]).toBe(FIRST_TIME);
    expect(tokens.at(-1)).toBe(FIRST_TIME + 50);
  });

  it('lets text follow the timestamp that begins a segment, and only a later timestamp or the end follow one that ends it', () => {
    expect(allowed([FIRST_TIME], true, { 3: 100 })).toContain(3);
    const afterEnd = allowed([FIRST_TIME, 3, FIRST_TIME + 5], true, { 10: 100 });
    expect(afterEnd).not.toContain(3);
    expect(afterEnd).toContain(10);
    expect(afterEnd).toContain(FIRST_TIME + 5);
    expect(afterEnd).not.toContain(FIRST_TIME + 4);
  });

  it('chooses a timestamp where all of them together are more probable than any text', () => {
    // Sixty timestamps of equal score outweigh a text that is three times as probable as each of them.
    expect(allowed([FIRST_TIME, 3], true, { 4: 1 }).every((token) => token > FIRST_TIME)).toBe(true);
    expect(allowed([FIRST_TIME, 3], true, { 4: 10 })).toContain(4);
  });

  it('allows no timestamps in a text without them, and never a suppressed token', () => {
    const tokens = allowed([3], false);
    expect(tokens.every((token) => token < TOKENS.noTimestamps)).toBe(true);
    expect(tokens).not.toContain(9);
    expect(allowed([], false)).not.toContain(0);
  });
});

describe('mostProbable', () => {
  it('returns the token with the highest score and its log probability', () => {
    const { token, logProbability } = mostProbable(Float32Array.of(0, Math.log(3), -Infinity));
    expect(token).toBe(1);
    expect(logProbability).toBeCloseTo(Math.log(0.75), 5);
  });
});

describe('isLoop', () => {
  const repeat = (phrase: number[], times: number): number[] => Array.from({ length: times }, () => phrase).flat();

  it('finds a phrase that is said over and over', () => {
    expect(isLoop([7, 8, ...repeat([1], 20)])).toBe(true);
    expect(isLoop([7, 8, ...repeat([1, 2, 3, 4, 5], 5)])).toBe(true);
  });

  it('leaves what people repeat', () => {
    expect(isLoop(repeat([1, 2], 4))).toBe(false);
    expect(isLoop([...repeat([1], 19), 2])).toBe(false);
    expect(isLoop(Array.from({ length: 100 }, (_, index) => index % 41))).toBe(false);
  });
});
