import type { SoundWindow } from '../../models/encoders/encoder.js';
import type { WindowEnds } from '../../models/manifest/manifest.js';
import type { EncodeInfo } from './encode-info.js';

/** The segments that windows are laid over. */
type Segments = Pick<EncodeInfo, 'segments' | 'segmentSec' | 'durationSec'>;

/** The last segment may be a tenth longer than the others (`core/segments.ts`). */
const LONGEST_SEGMENT = 1.1;

/** Number of windows of a width in a segment: one where the window is as wide as the segment, else as many as leave no gap. */
export function windowsPerSegment(segmentSec: number, windowSec: number): number {
  return segmentSec <= windowSec ? 1 : Math.ceil((LONGEST_SEGMENT * segmentSec) / windowSec);
}

/**
 * The window of a row, in samples. The rows of a width are those of segment 0, then those of segment 1, and so on. A single
 * window is centred on its segment; several windows are spread evenly from the segment's start to its end.
 */
export function soundWindow(
  { segments, segmentSec, durationSec }: Segments,
  row: number,
  windowSec: number,
  totalSamples: number,
  rate: number,
  ends: WindowEnds,
): SoundWindow {
  const length = Math.round(windowSec * rate);
  const count = windowsPerSegment(segmentSec, windowSec);
  const segment = Math.floor(row / count);
  if (count === 1) return { start: windowStart(segment, segmentSec, length, totalSamples, rate, ends), length };
  const begin = segment * segmentSec;
  const end = segment === segments - 1 ? durationSec : begin + segmentSec;
  const hop = Math.max(0, (end - begin) * rate - length) / (count - 1);
  return { start: placeWindow(begin * rate + (row % count) * hop, length, totalSamples, ends), length };
}

/**
 * The first sample of a window that is centred on a segment. Near the ends of the sound the window is moved `inside`, because silence pasted beside a sound is itself a sound to most taggers
 * (docs/decisions/0007-windows.md), unless the network has learned to expect `silence` there: then it may begin before
 * the sound. A sound shorter than the window is followed by zeros.
 */
export function windowStart(
  segment: number,
  segmentSec: number,
  windowSamples: number,
  totalSamples: number,
  rate: number,
  ends: WindowEnds,
): number {
  return placeWindow((segment + 0.5) * segmentSec * rate - windowSamples / 2, windowSamples, totalSamples, ends);
}

/** Rounds a window's start, and moves the window inside the sound unless it may contain silence at the ends. */
function placeWindow(start: number, windowSamples: number, totalSamples: number, ends: WindowEnds): number {
  const rounded = Math.round(start);
  return ends === 'silence' ? rounded : Math.max(0, Math.min(rounded, totalSamples - windowSamples));
}
