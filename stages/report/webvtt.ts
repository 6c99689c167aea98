import type { Chapter } from './chapters.js';

/** A WebVTT file of chapters (https://www.w3.org/TR/webvtt1/): "Dog (heard and seen) · Speech (heard)". */
export function webVtt(chapters: readonly Chapter[]): string {
  const cues = chapters.map(({ startMs, endMs, labels }) => {
    const text = labels.map((entry) => `${cueText(entry.label)} (${senses(entry)})`).join(' · ');
    return `\n${timestamp(startMs)} --> ${timestamp(endMs)}\n${text}\n`;
  });
  return `WEBVTT\n${cues.join('')}`;
}

function senses({ heard, seen }: { heard: boolean; seen: boolean }): string {
  return heard && seen ? 'heard and seen' : heard ? 'heard' : 'seen';
}

/** One line: a blank line would end the cue, `-->` would begin another, `<` would open a tag. */
function cueText(label: string): string {
  return label
    .replace(/[\s\u0000-\u001f\u007f]+/g, ' ')
    .trim()
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;');
}

function timestamp(ms: number): string {
  const part = (value: number, digits: number): string => String(value).padStart(digits, '0');
  const seconds = Math.floor(ms / 1000);
  return `${part(Math.floor(seconds / 3600), 2)}:${part(Math.floor(seconds / 60) % 60, 2)}:${part(seconds % 60, 2)}.${part(ms % 1000, 3)}`;
}
