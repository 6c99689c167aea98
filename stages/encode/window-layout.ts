import type { SoundWindow } from '../../models/encoders/encoder.js';
import type { WindowEnds } from '../../models/manifest/manifest.js';
import type { EncodeInfo } from './encode-info.js';

/** The segments that windows are laid over. */
type Segments = Pick<EncodeInfo, 'segments' | 'segmentSec' | 'durationSec'>;

/** The last segment may be longer than the others by a tenth (`core/segments.ts`). */
const LONGEST_SEGMENT = 1.1;

/** Windows of a width that a segment has: one where that is as wide as the segment, else as many as leave no gap in it. */
export function windowsPerSegment(segmentSec: number, windowSec: number): number {
  return segmentSec <= windowSec ? 1 : Math.ceil((LONGEST_SEGMENT * segmentSec) / windowSec);
}

/**
 * The window behind a row, in samples: the rows of a width are those of segment 0, then those of segment 1 and so on. A
 * single window is centred on its segment, several are spread evenly from the segment's start to its end.
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
  return { start: placed(begin * rate + (row % count) * hop, length, totalSamples, ends), length };
}

/**
 * Where a window of a given width around a segment begins, in samples. It is centred on the segment. Near the ends of the
 * sound it is moved `inside`, because silence pasted beside a sound is itself a sound to most taggers
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
  return placed((segment + 0.5) * segmentSec * rate - windowSamples / 2, windowSamples, totalSamples, ends);
}

function placed(start: number, windowSamples: number, totalSamples: number, ends: WindowEnds): number {
  const rounded = Math.round(start);
  return ends === 'silence' ? rounded : Math.max(0, Math.min(rounded, totalSamples - windowSamples));
}
