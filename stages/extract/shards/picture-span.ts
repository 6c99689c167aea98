import { MICROSECONDS, compareInstants, instant, rescale, type Instant, type Rational } from '../../../core/time.js';

/** The part of a picture that one worker decodes: the frames that begin in `[begin, end)` on the player's timeline. */
export interface PictureSpan {
  readonly firstSegment: number;
  readonly begin: Instant;
  /** Null: to the end of the picture. */
  readonly end: Instant | null;
}

/**
 * Before its own frames a span decodes this much that belongs to the one before it: the frame that motion is measured
 * against, and the frames by which the join proves that both saw the same picture.
 */
const LEAD_US = 1_000_000;
/** Seeking goes back this much further, so that the pictures that a key frame's successors leave incomplete lie before. */
const SEEK_FURTHER_US = 1_000_000;
/** Decoded beyond both ends: ffmpeg rounds them to ticks of the container. What is too much is not counted. */
const SLACK_US = 500_000;

/** @param endSegment null for the rest of the picture */
export function pictureSpan(segment: Rational, firstSegment: number, endSegment: number | null): PictureSpan {
  return {
    firstSegment,
    begin: instant(firstSegment, segment),
    end: endSegment === null ? null : instant(endSegment, segment),
  };
}

/** Where the frames begin that both sides of a boundary decode. */
export function leadOf(boundary: Instant): Instant {
  return instant(Math.max(0, microsOf(boundary) - LEAD_US), MICROSECONDS);
}

/** Whether a frame lies in the stretch before `boundary` that both of its sides decode. */
export function isShared(start: Instant, boundary: Instant): boolean {
  return compareInstants(start, leadOf(boundary)) >= 0 && compareInstants(start, boundary) < 0;
}

/** What is sought for a span, in microseconds of the player's timeline; 0 for the first. */
export function seekMicros(begin: Instant): number {
  return Math.max(0, microsOf(begin) - LEAD_US - SEEK_FURTHER_US);
}

/**
 * ffmpeg's options before the input. It subtracts what it sought (and the container's start) from every time; adding the
 * same again gives each frame the very time it has in a run over the whole file.
 * @param start the container's clock at its start, negative for one that begins before 0:00
 */
export function seekOptions(span: PictureSpan, start: Instant): string[] {
  const seek = seekMicros(span.begin);
  const before = Math.min(0, microsOf(start));
  if (seek === 0) return before < 0 ? ['-itsoffset', secondsText(before)] : [];
  return ['-ss', secondsText(seek - before), '-noaccurate_seek', '-itsoffset', secondsText(seek)];
}

/** Frames outside are dropped, and ffmpeg stops after the last one. */
export function trimFilter({ begin, end }: PictureSpan): string {
  const from = Math.max(0, microsOf(leadOf(begin)) - SLACK_US);
  const parts = [];
  // The first span keeps frames before 0:00, which show at 0:00.
  if (from > 0) parts.push(`start=${secondsText(from)}`);
  if (end) parts.push(`end=${secondsText(microsOf(end) + SLACK_US)}`);
  return parts.length === 0 ? 'null' : `trim=${parts.join(':')}`;
}

/** Lets through the frames of both shared stretches, and a few more. */
export function sumsFilter({ begin, end }: PictureSpan): string {
  const around = (boundary: Instant): string =>
    `between(t,${secondsText(microsOf(leadOf(boundary)) - SLACK_US)},${secondsText(microsOf(boundary) + SLACK_US)})`;
  return `select='${[begin, ...(end ? [end] : [])].map(around).join('+')}'`;
}

function microsOf(time: Instant): number {
  return rescale(time, MICROSECONDS, 'floor').ticks;
}

export function secondsText(micros: number): string {
  return `${micros < 0 ? '-' : ''}${Math.floor(Math.abs(micros) / 1e6)}.${String(Math.abs(micros) % 1e6).padStart(6, '0')}`;
}
