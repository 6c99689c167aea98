import type { GridResult } from '../timeline/frame-grid.js';
import type { FrameGaps } from '../timeline/picture-clock.js';
import type { PictureShard } from './shard-info.js';

/**
 * Checks that the parts of a picture, in order, make one picture: every part is undamaged, each part begins with the
 * segment where the part before it ended, and the frames that two neighbours both decoded agree in every bit and time.
 * @returns why they do not, or null
 */
export function findDiscontinuity(parts: readonly PictureShard[]): string | null {
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

/** The grid that a run over the whole file would have made. A frame on display across a boundary becomes one frame. */
export function joinGrids(parts: readonly PictureShard[]): GridResult {
  const timesSec: number[] = [];
  const shown: number[] = [];
  for (const { grid, segments } of parts) {
    const indexes = grid.timesSec.map((timeSec) =>
      timeSec === timesSec.at(-1) ? timesSec.length - 1 : timesSec.push(timeSec) - 1,
    );
    for (const frame of grid.shown.slice(0, segments ?? grid.shown.length)) shown.push(indexes[frame] ?? -1);
  }
  return { timesSec, shown };
}

/** Every gap lies within at least one part, because each part decodes the last frames of the part before it. */
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
