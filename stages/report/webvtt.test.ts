import { describe, expect, it } from 'vitest';
import type { VideoEvent } from '../../core/schemas/events.js';
import { chaptersOf, webVtt } from './webvtt.js';

function event(modality: VideoEvent['modality'], label: string, startSec: number, endSec: number): VideoEvent {
  return { modality, label, startSec, endSec, confidence: 0.5 };
}

/** Parses a file as the specification demands, and throws for everything that is not valid. */
function parseWebVtt(file: string): { startMs: number; endMs: number; text: string }[] {
  const [signature, ...blocks] = file.split(/\n{2,}/);
  if (signature?.trimEnd() !== 'WEBVTT') throw new Error('no signature');
  return blocks.map((block) => {
    const [timing = '', ...lines] = block.replace(/\n$/, '').split('\n');
    const match = /^(\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3}) --> (\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3})$/.exec(timing);
    if (!match) throw new Error(`timing: ${timing}`);
    const [h = 0, m = 0, s = 0, f = 0, h2 = 0, m2 = 0, s2 = 0, f2 = 0] = match.slice(1).map(Number);
    const text = lines.join('\n');
    if (text === '' || text.includes('-->') || /<|&(?!(amp|lt|gt);)/.test(text)) throw new Error(`text: ${text}`);
    const decoded = text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');
    return {
      startMs: ((h * 60 + m) * 60 + s) * 1000 + f,
      endMs: ((h2 * 60 + m2) * 60 + s2) * 1000 + f2,
      text: decoded,
    };
  });
}

describe('chaptersOf and webVtt', () => {
  it('splits overlapping events into chapters that name what is heard and what is seen', () => {
    const events = [event('audio', 'Dog', 0, 4), event('visual', 'Dog', 2, 6), event('audio', 'Speech', 3, 4)];
    expect(parseWebVtt(webVtt(chaptersOf(events, ['Speech', 'Dog'])))).toEqual([
      { startMs: 0, endMs: 2000, text: 'Dog (heard)' },
      { startMs: 2000, endMs: 3000, text: 'Dog (heard and seen)' },
      { startMs: 3000, endMs: 4000, text: 'Speech (heard) · Dog (heard and seen)' },
      { startMs: 4000, endMs: 6000, text: 'Dog (seen)' },
    ]);
  });

  it('joins adjacent spans with the same labels, and makes no chapter between events', () => {
    const events = [event('audio', 'Dog', 0, 1), event('audio', 'Dog', 1, 2), event('audio-visual', 'Dog', 5, 5.5)];
    expect(parseWebVtt(webVtt(chaptersOf(events, [])))).toEqual([
      { startMs: 0, endMs: 2000, text: 'Dog (heard)' },
      { startMs: 5000, endMs: 5500, text: 'Dog (heard and seen)' },
    ]);
  });

  it('keeps hostile labels inside their cue', () => {
    const hostile = 'a --> b & <c>bold</c>\n\n00:00:00.000 --> 00:00:09.000\r\nforged\u0000';
    const cues = parseWebVtt(webVtt(chaptersOf([event('audio', hostile, 0, 1)], [hostile])));
    expect(cues).toHaveLength(1);
    expect(cues[0]?.text).toBe('a --> b & <c>bold</c> 00:00:00.000 --> 00:00:09.000 forged (heard)');
  });

  it('writes hours above 99 and drops events shorter than a millisecond', () => {
    const events = [event('visual', 'Car', 360_000.25, 360_001), event('audio', 'Dog', 1, 1.0002)];
    expect(webVtt(chaptersOf(events, []))).toBe('WEBVTT\n\n100:00:00.250 --> 100:00:01.000\nCar (seen)\n');
  });

  it('writes a valid file without any event', () => {
    expect(parseWebVtt(webVtt([]))).toEqual([]);
  });
});
