import { MOMENTS_PER_SEC, logRows, synchrony, type Matrix, type Synchrony } from '../../measures/index.js';
import { CHANGE_COLUMNS } from '../extract/measure/cell-change.js';
import type { MediaReader } from '../extract/media-reader.js';
import { GROWTH_RATE_HZ, samplesFor, soundGrowth } from './sound-growth.js';

/** A video up to this length is one window; its cost grows with the cube of its length. */
const WHOLE_SEC = 20;
/** Windows of a longer video: long enough for many shifts, short enough to lie within few shots. */
const WINDOW_SEC = 10;
/** Windows spread evenly over a long video, so that its cost is bounded. */
const MOST_WINDOWS = 12;
const CELLS = CHANGE_COLUMNS.length;

/** A stretch of the video, in moments. */
interface Window {
  readonly start: number;
  readonly moments: number;
  readonly sums: Float64Array;
  /** How many pictures fell into each moment. */
  readonly counts: Uint16Array;
}

/** Collects the changes of the picture in the windows of a video, then compares them with the sound. */
export class SynchronyWindows {
  private readonly windows: readonly Window[];

  constructor(durationSec: number) {
    this.windows = spansOf(Math.floor(durationSec * MOMENTS_PER_SEC)).map(([start, moments]) => ({
      start,
      moments,
      sums: new Float64Array(moments * CELLS),
      counts: new Uint16Array(moments),
    }));
  }

  /** Length of a window in seconds. */
  get windowSec(): number {
    return (this.windows[0]?.moments ?? 0) / MOMENTS_PER_SEC;
  }

  /** @param values a row of `motion.f32`, whose changes begin at `first` */
  add(timeSec: number, values: Float32Array, first: number): void {
    // Moment m is the step from m to m + 1, in which the change towards a picture at its end happened.
    const moment = Math.ceil(timeSec * MOMENTS_PER_SEC - 1e-6) - 1;
    for (const { start, moments, sums, counts } of this.windows) {
      const at = moment - start;
      if (at < 0 || at >= moments) continue;
      counts[at] = (counts[at] ?? 0) + 1;
      for (let cell = 0; cell < CELLS; cell += 1)
        sums[at * CELLS + cell] = (sums[at * CELLS + cell] ?? 0) + (values[first + cell] ?? 0);
    }
  }

  /** The changes of each window: one row per moment. */
  pictures(): Matrix[] {
    return this.windows.map(pictureOf);
  }

  /** One result per window. */
  async finish(media: MediaReader): Promise<Synchrony[]> {
    const results: Synchrony[] = [];
    for (const window of this.windows) {
      const { before, count } = samplesFor(window.moments);
      const from = (window.start / MOMENTS_PER_SEC) * GROWTH_RATE_HZ - before;
      const samples = await media.readWave(GROWTH_RATE_HZ, Math.round(from), count);
      results.push(synchrony(logRows(soundGrowth(samples, window.moments)), logRows(pictureOf(window))));
    }
    return results;
  }
}

function spansOf(moments: number): [start: number, moments: number][] {
  if (moments <= WHOLE_SEC * MOMENTS_PER_SEC) return moments === 0 ? [] : [[0, moments]];
  const length = WINDOW_SEC * MOMENTS_PER_SEC;
  const count = Math.min(MOST_WINDOWS, Math.floor(moments / length));
  return Array.from({ length: count }, (_, at) => [
    count === 1 ? 0 : Math.round((at * (moments - length)) / (count - 1)),
    length,
  ]);
}

/** Means per moment. A moment without a picture of its own, at low frame rates, keeps the last change. */
function pictureOf({ moments, sums, counts }: Window): Matrix {
  const values = new Float64Array(moments * CELLS);
  for (let moment = 0; moment < moments; moment += 1) {
    const count = counts[moment] ?? 0;
    for (let cell = 0; cell < CELLS; cell += 1) {
      const at = moment * CELLS + cell;
      values[at] = count > 0 ? (sums[at] ?? 0) / count : (values[at - CELLS] ?? 0);
    }
  }
  return { rows: moments, columns: CELLS, values };
}
