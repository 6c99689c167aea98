import { LogBands } from '../../models/spectrum/log-bands.js';
import { melBands } from './mel-bands.js';

/** One strength a 10 ms: a fifth of the 50 ms within which sight and sound are taken for one event. */
export const ONSET_HOP_SEC = 0.01;
/** Windows of at least this length, rounded up to a power of two: short enough to place an attack, long enough for 60 Hz bands. */
const WINDOW_SEC = 0.03;
const BANDS = 64;
const LOW_HZ = 60;
/** Above it a 16 kHz track has nothing, and strengths should not depend on the rate that happens to be stored. */
const HIGH_HZ = 7500;
/** Growth is measured over 20 ms: attacks are slower than one hop (Böck and Widmer, 2013). */
const LAG = 2;
/**
 * Power of a band, full-scale sine = 0 dB, below which growth is not heard: 16-bit dither lies near -100, room noise of
 * a quiet studio near -75.
 */
const FLOOR_DB = -75;

/**
 * Onset strength as a stream: spectral flux, the mean over mel bands of what each grew in dB (half-wave rectified), as
 * librosa's `onset_strength` has it, with a fixed floor in place of one that is relative to the loudest frame, which a
 * stream does not know. Value i belongs to the moment i × 10 ms; the last half window of a track has none, for its cut
 * edge sounds like a click.
 */
export class OnsetStrength {
  private readonly hop: number;
  private readonly size: number;
  private readonly bands: LogBands;
  /** Samples that no frame is done with: at first half a window of zeros, for frame 0 is centred on sample 0. */
  private rest: Float32Array;
  /** The last LAG + 1 rows of levels in dB, as a ring. */
  private readonly rows: readonly Float64Array[];
  private frames = 0;

  constructor(sampleRateHz: number) {
    this.hop = Math.round(sampleRateHz * ONSET_HOP_SEC);
    this.size = 2 ** Math.ceil(Math.log2(sampleRateHz * WINDOW_SEC));
    // A full-scale sine then has power 1 in its bin.
    const scale = (4 / this.size) ** 2;
    this.bands = new LogBands({
      fftSize: this.size,
      taper: Float64Array.from({ length: this.size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / this.size)),
      bands: melBands(BANDS, this.size, sampleRateHz, LOW_HZ, Math.min(HIGH_HZ, sampleRateHz / 2)).map(
        ({ first, weights }) => ({ first, weights: weights.map((weight) => weight * scale) }),
      ),
      scale: { slope: 10 / Math.LN10, shift: 0, floor: 1e-12, floorIs: 'added' },
    });
    this.rest = new Float32Array(this.size / 2);
    this.rows = Array.from({ length: LAG + 1 }, () => new Float64Array(BANDS).fill(FLOOR_DB));
  }

  /** Strengths that the samples complete; `emit` is called with each, in order. */
  push(samples: Float32Array, emit: (strength: number) => void): void {
    const { rest, bands, hop, size } = this;
    const room = bands.reserve(rest.length + samples.length);
    room.set(rest);
    room.set(samples, rest.length);
    const frames = Math.max(0, Math.floor((room.length - size) / hop) + 1);
    for (let frame = 0; frame < frames; frame += 2) {
      const alone = frame + 1 === frames;
      bands.write(frame * hop, (alone ? frame : frame + 1) * hop);
      emit(this.strength(0));
      if (!alone) emit(this.strength(1));
    }
    this.rest = room.slice(frames * hop);
  }

  /** Of the first or second of the two frames whose levels are there. */
  private strength(which: 0 | 1): number {
    const { levels } = this.bands;
    const now = this.rows[this.frames % this.rows.length] ?? levels;
    const before = this.rows[(this.frames + 1) % this.rows.length] ?? levels;
    this.frames += 1;
    // While windows reach back before the start they would take a clip's cut edge for an attack.
    const settled = this.frames * this.hop > this.size / 2 + (LAG + 1) * this.hop;
    let growth = 0;
    for (let band = 0; band < BANDS; band += 1) {
      const level = Math.max(FLOOR_DB, levels[2 * band + which] ?? FLOOR_DB);
      now[band] = level;
      growth += Math.max(0, level - (before[band] ?? FLOOR_DB));
    }
    return settled ? growth / BANDS : 0;
  }
}
