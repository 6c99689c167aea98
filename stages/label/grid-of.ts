import { segmentGrid, type SegmentGrid } from '../../core/segments.js';
import { fromDecimalSeconds, instant, MICROSECONDS, type Instant } from '../../core/time.js';
import type { LabelInfo } from './label-info.js';

/** The segments of a video whose times are written in seconds: rows and events then end at the same moments. */
export function gridOf({ durationSec, segmentSec }: Pick<LabelInfo, 'durationSec' | 'segmentSec'>): SegmentGrid {
  return segmentGrid(instantOf(durationSec), instantOf(segmentSec));
}

function instantOf(seconds: number): Instant {
  return fromDecimalSeconds(seconds.toFixed(6)) ?? instant(0, MICROSECONDS);
}
