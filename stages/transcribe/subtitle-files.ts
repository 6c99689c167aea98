import type { Cue } from './subtitle-cues.js';

/** A WebVTT file (https://www.w3.org/TR/webvtt1/). */
export function subtitlesVtt(cues: readonly Cue[]): string {
  const blocks = cues.map(({ startSec, endSec, lines }) => {
    const text = lines.map((line) => escaped(plain(line))).join('\n');
    return `\n${clock(startSec, '.')} --> ${clock(endSec, '.')}\n${text}\n`;
  });
  return `WEBVTT\n${blocks.join('')}`;
}

/** A SubRip file: numbered cues and a comma before the milliseconds. */
export function subtitlesSrt(cues: readonly Cue[]): string {
  return cues
    .map(({ startSec, endSec, lines }, index) => {
      const text = lines.map((line) => plain(line).replaceAll('-->', '→')).join('\n');
      return `${index + 1}\n${clock(startSec, ',')} --> ${clock(endSec, ',')}\n${text}\n`;
    })
    .join('\n');
}

/** A blank line would end a cue. */
function plain(line: string): string {
  return line.replace(/[\s\u0000-\u001f\u007f]+/g, ' ').trim() || '…';
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

function clock(seconds: number, point: string): string {
  const ms = Math.round(seconds * 1000);
  const part = (value: number, digits: number): string => String(value).padStart(digits, '0');
  const hours = part(Math.floor(ms / 3_600_000), 2);
  return `${hours}:${part(Math.floor(ms / 60_000) % 60, 2)}:${part(Math.floor(ms / 1000) % 60, 2)}${point}${part(ms % 1000, 3)}`;
}
