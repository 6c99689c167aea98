import { ONSET_HOP_SEC } from './onset-strength.js';

/** Hops on either side among which an onset must be the largest: librosa's 30 ms. */
const MAX_REACH = 3;
/** Hops before and after whose mean it must exceed: librosa's 100 ms. */
const MEAN_REACH = 10;
/** … by this many dB of mean growth over the bands. Chosen on the training seeds of bench/sound.ts. */
const DELTA_DB = 1.5;
/** Hops between two onsets at the least: 50 ms, as fast as drum rolls get. */
const WAIT = 5;

/**
 * Picks onsets from a stream of strengths, as librosa's `peak_pick` does: a local maximum that stands out from the mean
 * around it, not too soon after the last.
 */
export class OnsetPeaks {
  private readonly around = new Float64Array(2 * MEAN_REACH + 1).fill(NaN);
  private count = 0;
  private last = -Infinity;

  /** @param strength NaN: unknown. @returns the time of an onset that this strength decides, some 100 ms ago; null for none */
  push(strength: number): number | null {
    this.around.copyWithin(0, 1);
    this.around[2 * MEAN_REACH] = strength;
    this.count += 1;
    const hop = this.count - 1 - MEAN_REACH;
    const value = this.around[MEAN_REACH] ?? 0;
    if (hop < 0 || hop - this.last < WAIT) return null;
    let sum = 0;
    let known = 0;
    for (let i = 0; i < this.around.length; i += 1) {
      const other = this.around[i] ?? NaN;
      // Before the start and after the end nothing is known, which is not the same as quiet.
      if (Number.isNaN(other)) continue;
      sum += other;
      known += 1;
      const offset = i - MEAN_REACH;
      // Of equal values the first counts.
      if (offset >= -MAX_REACH && offset < 0 && other >= value) return null;
      if (offset > 0 && offset <= MAX_REACH && other > value) return null;
    }
    if (value < sum / known + DELTA_DB) return null;
    this.last = hop;
    return hop * ONSET_HOP_SEC;
  }

  /** The onsets that were still waiting for what follows. */
  finish(): number[] {
    return Array.from({ length: MEAN_REACH }, () => this.push(NaN)).filter((onset) => onset !== null);
  }
}
