import { MICROSECONDS, compareInstants, instant, rescale, type Instant, type Rational } from '../../../core/time.js';

/** The part of a picture that one worker decodes: the frames that begin in `[begin, end)` on the player's timeline. */
export interface PictureSpan {
  readonly firstSegment: number;
  readonly begin: Instant;
  /** Null: to the end of the picture. */
  readonly end: Instant | null;
}

/**
 * The lead-in: what a span decodes of the span before it. It holds the frame that motion is measured against, and the
 * frames by which the join proves that both spans decoded the same picture.
 */
const LEAD_IN_US = 1_000_000;
/** Seeking goes back this much further, so that frames which are incomplete after a key frame lie before the lead-in. */
const SEEK_MARGIN_US = 1_000_000;
/** Decoded beyond both ends, because ffmpeg rounds them to ticks of the container. Surplus frames are not counted. */
const SLACK_US = 500_000;

/** @param endSegment null for the rest of the picture */
export function pictureSpan(segment: Rational, firstSegment: number, endSegment: number | null): PictureSpan {
  return {
    firstSegment,
    begin: instant(firstSegment, segment),
    end: endSegment === null ? null : instant(endSegment, segment),
  };
}

/** The start of the stretch before a boundary that both of its sides decode. */
function leadInStart(boundary: Instant): Instant {
  return instant(Math.max(0, microsecondsOf(boundary) - LEAD_IN_US), MICROSECONDS);
}

/** Whether a frame lies in the stretch before `boundary` that both of its sides decode. */
export function isShared(start: Instant, boundary: Instant): boolean {
  return compareInstants(start, leadInStart(boundary)) >= 0 && compareInstants(start, boundary) < 0;
}

/** Where a span seeks to, in microseconds of the player's timeline; 0 for the first span. */
export function seekTargetUs(begin: Instant): number {
  return Math.max(0, microsecondsOf(begin) - LEAD_IN_US - SEEK_MARGIN_US);
}

/**
 * ffmpeg's options before the input. ffmpeg subtracts the seek target and the container's start from every time; adding
 * the seek target again gives each frame exactly the time that it has in a run over the whole file.
 * @param start the time at the container's start; negative when it begins before 0:00
 */
export function seekOptions(span: PictureSpan, start: Instant): string[] {
  const seek = seekTargetUs(span.begin);
  const before = Math.min(0, microsecondsOf(start));
  if (seek === 0) return before < 0 ? ['-itsoffset', formatSeconds(before)] : [];
  return ['-ss', formatSeconds(seek - before), '-noaccurate_seek', '-itsoffset', formatSeconds(seek)];
}

/** The filter that drops frames outside the span; ffmpeg stops after the last one. */
export function trimFilter({ begin, end }: PictureSpan): string {
  const from = Math.max(0, microsecondsOf(leadInStart(begin)) - SLACK_US);
  const parts = [];
  // The first span keeps the frames before 0:00, which are on display at 0:00.
  if (from > 0) parts.push(`start=${formatSeconds(from)}`);
  if (end) parts.push(`end=${formatSeconds(microsecondsOf(end) + SLACK_US)}`);
  return parts.length === 0 ? 'null' : `trim=${parts.join(':')}`;
}

/** The filter that passes the frames of both shared stretches, and a few more. */
export function checksumFilter({ begin, end }: PictureSpan): string {
  const around = (boundary: Instant): string =>
    `between(t,${formatSeconds(microsecondsOf(leadInStart(boundary)) - SLACK_US)},${formatSeconds(microsecondsOf(boundary) + SLACK_US)})`;
  return `select='${[begin, ...(end ? [end] : [])].map(around).join('+')}'`;
}

function microsecondsOf(time: Instant): number {
  return rescale(time, MICROSECONDS, 'floor').ticks;
}

/** Microseconds as decimal seconds, exact. */
export function formatSeconds(micros: number): string {
  return `${micros < 0 ? '-' : ''}${Math.floor(Math.abs(micros) / 1e6)}.${String(Math.abs(micros) % 1e6).padStart(6, '0')}`;
}
