import { describe, expect, it } from 'vitest';
import type { SpeechTokens } from '../../runtime/speech/token-rules.js';
import type { ByteLevelText } from './byte-level-text.js';
import { consumedSec, segmentsOf } from './heard-segments.js';

const PIECES = [
  ' Hel',
  'lo',
  ',',
  ' world',
  '.',
  ' Again',
  '!',
  '你',
  '好',
  '。',
  ' "',
  'Yes',
  '"',
  '-five',
  ' twenty',
];
const END = 50;
const SPECIAL: SpeechTokens = {
  start: 51,
  end: END,
  noTimestamps: 52,
  transcribe: null,
  languages: [],
  suppressed: [],
  suppressedFirst: [],
};
const text: ByteLevelText = {
  bytesOf: (token) => new TextEncoder().encode(PIECES[token] ?? ''),
  special: () => null,
  specials: new Map(),
};
const time = (sec: number): number => 53 + Math.round(sec / 0.02);

function heard(tokens: number[], seconds = 10, language = 'en') {
  const starts = tokens.map((_, index) => index * 10);
  return segmentsOf({ tokens, logProbabilities: tokens.map(() => -0.5), starts, seconds }, SPECIAL, text, language);
}

describe('segmentsOf', () => {
  it('splits at timestamps, joins pieces to words and keeps punctuation with its word', () => {
    const segments = heard([time(0), 0, 1, 2, 3, 4, time(2), time(2), 5, 6, time(4)]);
    expect(segments.map(({ text: said }) => said)).toEqual(['Hello, world.', 'Again!']);
    expect(segments[0]?.words.map((word) => word.text)).toEqual(['Hello,', 'world.']);
    expect(segments[0]?.words[0]).toMatchObject({ startSec: 0.2, endSec: 0.6 });
    expect(segments[0]?.meanLogProbability).toBe(-0.5);
    expect(segments[1]).toMatchObject({ startSec: 1.6, endSec: 4 });
  });

  it('clamps times that lie behind the end of the sound', () => {
    const [segment] = heard([time(0), 0, 1, 3, time(9)], 0.5);
    expect(segment?.endSec).toBe(0.5);
    for (const word of segment?.words ?? []) expect(word.endSec).toBeLessThanOrEqual(0.5);
  });

  it('counts characters as words where a language is written without spaces', () => {
    const [segment] = heard([time(0), 7, 8, 9, time(1)], 10, 'zh');
    expect(segment?.text).toBe('你好。');
    expect(segment?.words.map((word) => word.text)).toEqual(['你', '好。']);
  });

  it('joins quotes and hyphens to their word', () => {
    const [segment] = heard([time(0), 10, 11, 12, 14, 13, time(1)]);
    expect(segment?.words.map((word) => word.text)).toEqual(['"Yes"', 'twenty-five']);
  });

  it('makes nothing of a text of spaces, and one segment of a text without timestamps', () => {
    expect(heard([time(0), time(1)])).toEqual([]);
    expect(heard([0, 1, 3])).toHaveLength(1);
  });
});

describe('consumedSec', () => {
  const until = (tokens: number[]): number =>
    consumedSec({ tokens, logProbabilities: [], starts: null, seconds: 10 }, SPECIAL);

  it('is the last timestamp where another segment began, and the whole window otherwise', () => {
    expect(until([time(0), 0, time(2), time(2)])).toBeCloseTo(2);
    expect(until([time(0), 0, time(2)])).toBe(10);
    expect(until([])).toBe(10);
  });
});
