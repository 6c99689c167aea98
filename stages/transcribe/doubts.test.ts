import { describe, expect, it } from 'vitest';
import { doubtsOf } from './doubts.js';
import type { HeardFile, HeardWindowInFile } from './heard.js';

interface Said {
  readonly text: string;
  readonly noSpeech?: number;
  readonly logProbability?: number;
  readonly seconds?: number;
  readonly finished?: boolean;
}

function windowOf(
  { text, noSpeech = 0.02, logProbability = -0.2, seconds = 3, finished = true }: Said,
  at: number,
): HeardWindowInFile {
  const span = { startSec: at * 10, endSec: at * 10 + seconds };
  const segment = { ...span, text, meanLogProbability: logProbability, words: [] };
  return { ...span, language: 'en', noSpeechProbability: noSpeech, finished, segments: [segment] };
}

function flagsOf(said: Said, voices: HeardFile['voices'] = null): string[] {
  return doubtsOf({ windows: [windowOf(said, 0)], voices })[0] ?? [];
}

describe('doubtsOf', () => {
  it('does not doubt clear speech, however short', () => {
    for (const text of ['Yes.', 'Thank you.', 'No, no.', 'Come here, please.', 'Bye.'])
      expect(flagsOf({ text, seconds: 0.6 })).toEqual([]);
  });

  it.each<[string, Said]>([
    ['no-speech', { text: "I'm going to go to the next one.", noSpeech: 0.7 }],
    ['low-probability', { text: 'Oh, I won’t wait.', logProbability: -1.2 }],
    ['compressible', { text: 'A'.repeat(120) }],
    ['few-unique-words', { text: 'one one one one one one one two' }],
    ['too-fast', { text: 'more characters than anybody can say in the time that there is', seconds: 0.6 }],
    ['stock-phrase', { text: 'Thank you for watching!', noSpeech: 0.2 }],
    ['unfinished', { text: 'and so it goes on', finished: false }],
  ])('flags %s', (flag, said) => {
    expect(flagsOf(said)).toContain(flag);
  });

  it('takes two weak signs together for one', () => {
    expect(flagsOf({ text: 'Come here.', noSpeech: 0.2 })).toEqual([]);
    expect(flagsOf({ text: 'Come here.', logProbability: -0.7 })).toEqual([]);
    expect(flagsOf({ text: 'Come here.', noSpeech: 0.2, logProbability: -0.7 })).toEqual(['low-probability']);
  });

  it('flags words where speech detection heard nobody, and says nothing where no network can tell', () => {
    const said = { text: 'Come here.' };
    expect(flagsOf(said, [{ startSec: 8, endSec: 9 }])).toEqual(['no-speech-detected']);
    expect(flagsOf(said, [{ startSec: 1, endSec: 2 }])).toEqual([]);
    expect(flagsOf(said, null)).toEqual([]);
  });

  it('flags a text that comes back window after window', () => {
    const windows = ['Hello.', 'See you.', 'See you.', 'See you!'].map((text, at) => windowOf({ text }, at));
    expect(doubtsOf({ windows, voices: null })).toEqual([[], ...Array.from({ length: 3 }, () => ['repeated-window'])]);
  });
});
