import { describe, expect, it } from 'vitest';
import type { Utterance } from '../../core/schemas/transcript.js';
import { cueLimitsSchema, cuesOf } from './subtitle-cues.js';
import { subtitlesSrt, subtitlesVtt } from './subtitle-files.js';

const LIMITS = cueLimitsSchema.parse({});
const TEXT =
  'You are about to enter an echo test. In this mode everything you say will be repeated back to you just as soon as it is received. The purpose of this test is to give you an audible sense of the latency between you and the machine.';

function utterance(text: string, startSec: number, secPerWord = 0.35, flags: Utterance['flags'] = []): Utterance {
  const words = text.split(' ').map((word, at) => ({
    text: word,
    startSec: startSec + at * secPerWord,
    endSec: startSec + (at + 1) * secPerWord,
  }));
  const endSec = startSec + words.length * secPerWord;
  return { startSec, endSec, text, language: 'en', confidence: 0.9, flags, words };
}

const cues = (utterances: Utterance[], keepDoubtful = false, limits = LIMITS) =>
  cuesOf({ utterances, keepDoubtful }, limits);

describe('cuesOf', () => {
  it('makes cues within the limits that hold all words in order', () => {
    const made = cues([utterance(TEXT, 2), utterance('Yes.', 30, 0.2)]);
    for (const { lines, startSec, endSec } of made) {
      expect(lines.length).toBeLessThanOrEqual(2);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(42);
      expect(endSec - startSec).toBeLessThanOrEqual(7 + 1e-9);
    }
    made.slice(1).forEach(({ startSec }, at) => expect(startSec).toBeGreaterThanOrEqual(made[at]?.endSec ?? Infinity));
    expect(made.flatMap(({ lines }) => lines).join(' ')).toBe(`${TEXT} Yes.`);
    expect(made.at(-1)).toMatchObject({ startSec: 30, endSec: 31 });
  });

  it('ends cues at sentences and phrases, and lines away from articles', () => {
    const made = cues([utterance(TEXT, 0)]);
    expect(made[0]?.lines.join(' ')).toBe('You are about to enter an echo test.');
    // One line has no other place to break at: its words would not fit.
    const dangling = made.flatMap(({ lines }) => lines).filter((line) => /\b(the|an?|of|to)$/.test(line));
    expect(dangling).toEqual(['received. The purpose of this test is to']);
  });

  it('leaves doubtful utterances out unless they are kept', () => {
    const doubtful = utterance('Thank you.', 1, 0.5, ['no-speech']);
    expect(cues([doubtful])).toEqual([]);
    expect(cues([doubtful], true)).toHaveLength(1);
  });

  it('obeys other limits, spreads words without times, and cuts a word that no line holds', () => {
    const limits = cueLimitsSchema.parse({ lineCharacters: 10, lines: 1, maxSec: 3 });
    const untimed = { ...utterance(`short ${'x'.repeat(25)} end`, 0, 1), words: [] };
    const made = cues([untimed], false, limits);
    for (const { lines } of made) expect(lines.every((line) => line.length <= 10)).toBe(true);
    expect(
      made
        .flatMap(({ lines }) => lines)
        .join('')
        .replaceAll(' ', ''),
    ).toBe(`short${'x'.repeat(25)}end`);
  });

  it('breaks a text without spaces between its characters', () => {
    const text =
      '今天我们要去公园散步然后再去看电影因为天气非常好所以大家都很高兴也都愿意一起出门走走看看风景再回家吃饭';
    const words = Array.from(text).map((character, at) => ({
      text: character,
      startSec: at / 10,
      endSec: (at + 1) / 10,
    }));
    const made = cues([{ ...utterance('x', 0), text, words }]);
    expect(made.flatMap(({ lines }) => lines).join('')).toBe(text);
  });
});

describe('subtitle files', () => {
  it('writes WebVTT and SubRip that text cannot break', () => {
    const cue = { startSec: 3661.5, endSec: 3662.25, lines: ['a < b & c', 'x --> y\n\nz'] };
    expect(subtitlesVtt([cue])).toBe('WEBVTT\n\n01:01:01.500 --> 01:01:02.250\na &lt; b &amp; c\nx --&gt; y z\n');
    expect(subtitlesSrt([cue])).toBe('1\n01:01:01,500 --> 01:01:02,250\na < b & c\nx → y z\n');
  });
});
