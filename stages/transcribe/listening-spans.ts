import type { Span } from '../sound/silences.js';

/**
 * Added on either side of what a network calls speech. Speech detection loses soft beginnings and ends; a tagger only knows
 * the second.
 */
export const WIDEN_SEC = { detector: 0.5, tagger: 2 } as const;

/**
 * Voices that lie closer than this are listened to in one go: a window costs the same however much of it is filled, and
 * the network uses what was said before.
 */
const JOIN_SEC = 4;

/** Widens spans, joins those that come close to one another, and keeps all inside [0, endSec]. */
export function widened(voices: readonly Span[], widenSec: number, endSec: number): Span[] {
  const spans: { startSec: number; endSec: number }[] = [];
  for (const voice of voices) {
    const startSec = Math.max(0, voice.startSec - widenSec);
    const stopSec = Math.min(endSec, voice.endSec + widenSec);
    if (stopSec <= startSec) continue;
    const last = spans.at(-1);
    if (last !== undefined && startSec - last.endSec < JOIN_SEC) last.endSec = Math.max(last.endSec, stopSec);
    else spans.push({ startSec, endSec: stopSec });
  }
  return spans;
}

/** The share of `span` that `voices` cover, 0 to 1. */
export function covered(span: Span, voices: readonly Span[]): number {
  const length = span.endSec - span.startSec;
  const inside = voices.reduce(
    (sum, { startSec, endSec }) => sum + Math.max(0, Math.min(endSec, span.endSec) - Math.max(startSec, span.startSec)),
    0,
  );
  return length > 0
    ? inside / length
    : voices.some((v) => v.startSec <= span.startSec && v.endSec >= span.endSec)
      ? 1
      : 0;
}
