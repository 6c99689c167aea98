import type { Rational } from '../../../core/time.js';
import type { Gap } from './clock-survey.js';
import { SLACK_SEC } from './clock-filters.js';

/** Shorter pauses, such as those of slides, cost ffmpeg little: it repeats the picture once per segment. */
const LONG_PAUSE_SEC = 60;
/** What stays of a pause. */
const KEPT_SEC = 8;

/**
 * A stretch without a new picture that is cut out before ffmpeg's filters, which would repeat the picture in memory once per
 * segment, and accounted for afterwards.
 */
export interface PictureCut {
  /** Pictures from here on, on the player's timeline, move forward by `lengthSec`. */
  readonly beforeSec: number;
  /** A whole number of seconds and of segments. */
  readonly lengthSec: number;
  readonly segments: number;
  /** The first cut segment, counted without the cuts before it. */
  readonly atSegment: number;
}

export function pictureCuts(gaps: readonly Gap[], segment: Rational): PictureCut[] {
  const cuts: PictureCut[] = [];
  let removedSec = 0;
  const segmentSec = segment.num / segment.den;
  for (const { startSec, endSec } of gaps) {
    if (endSec - startSec < LONG_PAUSE_SEC) continue;
    // `num` seconds are `den` segments.
    const units = Math.floor((endSec - startSec - Math.max(KEPT_SEC, 4 * segmentSec)) / segment.num);
    if (units <= 0) continue;
    const lengthSec = units * segment.num;
    const atSegment = Math.ceil((startSec - removedSec) / segmentSec) + 2;
    cuts.push({ beforeSec: endSec, lengthSec, segments: units * segment.den, atSegment });
    removedSec += lengthSec;
  }
  return cuts;
}

/** The player's time of a picture whose time was measured without the cuts. */
export function restoredSec(timeSec: number, cuts: readonly PictureCut[]): number {
  let restored = timeSec;
  for (const { beforeSec, lengthSec } of cuts)
    if (restored + lengthSec >= beforeSec - SLACK_SEC) restored += lengthSec;
    else break;
  return restored;
}

/** Where a segment's frame stands among those that ffmpeg stored, which has none for the cut segments. */
export function storedPosition(segment: number, cuts: readonly PictureCut[]): number {
  let position = segment;
  for (const { atSegment, segments } of cuts) {
    if (position < atSegment) return position;
    if (position < atSegment + segments) return atSegment - 1;
    position -= segments;
  }
  return position;
}
