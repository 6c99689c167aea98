import { ONSET_HOP_SEC } from './onset-strength.js';

/** Hops on either side among which an onset must be the largest: librosa's 30 ms. */
const MAX_RADIUS = 3;
/** Hops before and after whose mean an onset must exceed: librosa's 100 ms. */
const MEAN_RADIUS = 10;
/** By how many dB of mean growth it must exceed that mean. Chosen on the training seeds of bench/sound.ts. */
const DELTA_DB = 1.5;
/** Smallest distance between two onsets in hops: 50 ms, the fastest drum rolls. */
const MIN_DISTANCE = 5;
/**
 * Where a sound is cut off, the edge spreads over the spectrum like a click. It is no onset when the level of the loudest
 * band falls by more than this from FALL_BEFORE hops before the edge to FALL_AFTER hops after it, which leave out the
 * windows that contain the edge. Set by reasoning and not tuned: a natural decay falls far less within 70 ms.
 */
const FALL_DB = 12;
const FALL_BEFORE = 3;
const FALL_AFTER = 4;

/**
 * Picks onsets from a stream of strengths, as librosa's `peak_pick` does: local maxima that exceed the mean around them and
 * do not follow the previous onset too closely.
 */
export class OnsetPeaks {
  private readonly window = new Float64Array(2 * MEAN_RADIUS + 1).fill(NaN);
  private readonly levels = new Float64Array(2 * MEAN_RADIUS + 1).fill(NaN);
  private count = 0;
  private last = -Infinity;

  /**
   * @param strength NaN where it is unknown
   * @param levelDb level of the loudest band
   * @returns the time in seconds of an onset that this strength decides, about 100 ms before it; null for none
   */
  push(strength: number, levelDb: number): number | null {
    this.window.copyWithin(0, 1);
    this.window[2 * MEAN_RADIUS] = strength;
    this.levels.copyWithin(0, 1);
    this.levels[2 * MEAN_RADIUS] = levelDb;
    this.count += 1;
    const hop = this.count - 1 - MEAN_RADIUS;
    const value = this.window[MEAN_RADIUS] ?? 0;
    if (hop < 0 || hop - this.last < MIN_DISTANCE) return null;
    let sum = 0;
    let known = 0;
    for (let i = 0; i < this.window.length; i += 1) {
      const other = this.window[i] ?? NaN;
      // Before the start and after the end the strength is unknown, which is not the same as zero.
      if (Number.isNaN(other)) continue;
      sum += other;
      known += 1;
      const offset = i - MEAN_RADIUS;
      // Of equal values the first one is the maximum.
      if (offset >= -MAX_RADIUS && offset < 0 && other >= value) return null;
      if (offset > 0 && offset <= MAX_RADIUS && other > value) return null;
    }
    if (value < sum / known + DELTA_DB) return null;
    const before = this.levels[MEAN_RADIUS - FALL_BEFORE] ?? NaN;
    const after = this.levels[MEAN_RADIUS + FALL_AFTER] ?? NaN;
    if (before - after > FALL_DB) return null;
    this.last = hop;
    // Strengths are known from the first whole window on; an onset that early is a sound that is there from the start.
    return hop < MIN_DISTANCE ? 0 : hop * ONSET_HOP_SEC;
  }

  /** The onsets near the end that were not decided yet. */
  finish(): number[] {
    return Array.from({ length: MEAN_RADIUS }, () => this.push(NaN, NaN)).filter((onset) => onset !== null);
  }
}
