import type { GridResult } from '../timeline/frame-grid.js';
import type { FrameGaps } from '../timeline/picture-clock.js';
import type { PictureShard } from './shard-info.js';

/**
 * Whether parts of a picture, in order, are one picture: every part sound, each beginning with the segment where the one
 * before ended, and the frames that two neighbours both decoded the same to the last bit and time.
 * @returns what speaks against it, or null
 */
export function doubtAboutParts(parts: readonly PictureShard[]): string | null {
  let expected: number | null = 0;
  let shared: readonly string[] = [];
  for (const [index, part] of parts.entries()) {
    const where = `part ${index + 1} of ${parts.length}`;
    if (part.doubt !== null) return `${where}: ${part.doubt}`;
    if (part.firstSegment !== expected) return `${where} begins at segment ${part.firstSegment}, not ${expected}`;
    if (index > 0 && shared.length === 0) return `${where}: no frame shows both sides of its beginning`;
    if (index > 0 && !sameLists(shared, part.span.head)) return `${where} shows other frames before its beginning`;
    expected = part.segments === null ? null : part.firstSegment + part.segments;
    shared = part.span.tail;
  }
  return expected === null ? null : 'the last part is missing';
}

/** The grid that a run over the whole file would have made; a frame on display across a boundary is one frame. */
export function joinGrids(parts: readonly PictureShard[]): GridResult {
  const timesSec: number[] = [];
  const shown: number[] = [];
  for (const { grid, segments } of parts) {
    const places = grid.timesSec.map((timeSec) =>
      timeSec === timesSec.at(-1) ? timesSec.length - 1 : timesSec.push(timeSec) - 1,
    );
    for (const frame of grid.shown.slice(0, segments ?? grid.shown.length)) shown.push(places[frame] ?? -1);
  }
  return { timesSec, shown };
}

/** Every gap lies in one part at least: each decodes the last frames of the one before. */
export function joinGaps(parts: readonly PictureShard[]): FrameGaps | null {
  const gaps = parts.flatMap((part) => part.gaps ?? []);
  if (gaps.length === 0) return null;
  return {
    shortestSec: Math.min(...gaps.map((gap) => gap.shortestSec)),
    longestSec: Math.max(...gaps.map((gap) => gap.longestSec)),
  };
}

function sameLists(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((entry, index) => entry === b[index]);
}
