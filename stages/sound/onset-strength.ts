import { LogBands, type Band } from '../../models/spectrum/log-bands.js';

/** One strength every 10 ms: a fifth of the 50 ms within which picture and sound are perceived as one event. */
export const ONSET_HOP_SEC = 0.01;
/** Shortest window, rounded up to a power of two: short enough to place an attack, long enough for bands from 60 Hz. */
const WINDOW_SEC = 0.03;
const BANDS = 64;
const LOW_HZ = 60;
/** A 16 kHz track holds nothing above this, and strengths should not depend on the rate that happens to be stored. */
const HIGH_HZ = 7500;
/** Growth is measured over 20 ms: attacks are slower than one hop (Böck and Widmer, 2013). */
const LAG = 2;
/**
 * Power of a band, full-scale sine = 0 dB, below which growth is ignored: 16-bit dither lies near -100, the room noise
 * of a quiet studio near -75.
 */
const FLOOR_DB = -75;
/**
 * A track begins with a sound when the loudest band of its first whole window lies this far above the floor. Chosen on the
 * training seeds of bench/onset-edges.ts, where background noise alone must not count.
 */
const START_DB = 24;

/**
 * Onset strength as a stream: spectral flux, the mean over mel bands of the growth of each band in dB (half-wave
 * rectified), as in librosa's `onset_strength`. The floor is fixed, because a stream does not know its loudest frame, to
 * which librosa's floor is relative. Value i belongs to the time i × 10 ms. The last half window of a track has no value,
 * because the cut edge would look like a click.
 */
export class OnsetStrength {
  private readonly hop: number;
  /** The first frame whose window lies inside the track. */
  private readonly firstWhole: number;
  private readonly size: number;
  private readonly bands: LogBands;
  /** Samples that later frames still need. Begins with half a window of zeros, because frame 0 is centred on sample 0. */
  private rest: Float32Array;
  /** The last LAG + 1 rows of levels in dB, as a ring buffer. */
  private readonly rows: readonly Float64Array[];
  private frames = 0;

  constructor(sampleRateHz: number) {
    this.hop = Math.round(sampleRateHz * ONSET_HOP_SEC);
    this.size = 2 ** Math.ceil(Math.log2(sampleRateHz * WINDOW_SEC));
    this.firstWhole = Math.ceil(this.size / 2 / this.hop);
    // With this scale a full-scale sine has power 1 in its bin.
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

  /** Calls `emit` with every strength that these samples complete, in order, and the level of its loudest band in dB. */
  push(samples: Float32Array, emit: (strength: number, levelDb: number) => void): void {
    const { rest, bands, hop, size } = this;
    const room = bands.reserve(rest.length + samples.length);
    room.set(rest);
    room.set(samples, rest.length);
    const frames = Math.max(0, Math.floor((room.length - size) / hop) + 1);
    for (let frame = 0; frame < frames; frame += 2) {
      const alone = frame + 1 === frames;
      bands.write(frame * hop, (alone ? frame : frame + 1) * hop);
      this.emitFrame(0, emit);
      if (!alone) this.emitFrame(1, emit);
    }
    this.rest = room.slice(frames * hop);
  }

  /** Emits the first (0) or second (1) of the two frames that `bands.levels` holds. */
  private emitFrame(which: 0 | 1, emit: (strength: number, levelDb: number) => void): void {
    const { levels } = this.bands;
    const now = this.rows[this.frames % this.rows.length] ?? levels;
    const before = this.rows[(this.frames + 1) % this.rows.length] ?? levels;
    this.frames += 1;
    // The first windows reach back before the start, where the cut edge of a clip would look like an attack.
    const settled = this.frames * this.hop > this.size / 2 + (LAG + 1) * this.hop;
    let growth = 0;
    let fromFloor = 0;
    let loudest = FLOOR_DB;
    for (let band = 0; band < BANDS; band += 1) {
      const level = Math.max(FLOOR_DB, levels[2 * band + which] ?? FLOOR_DB);
      now[band] = level;
      growth += Math.max(0, level - (before[band] ?? FLOOR_DB));
      fromFloor += level - FLOOR_DB;
      loudest = Math.max(loudest, level);
    }
    // Before the start there was nothing, so a sound that is there from the start grew from the floor.
    const isStart = this.frames - 1 === this.firstWhole && loudest - FLOOR_DB >= START_DB;
    emit(settled ? growth / BANDS : isStart ? fromFloor / BANDS : 0, loudest);
  }
}

/** O'Shaughnessy's mel scale (HTK's constants). */
function melOf(hz: number): number {
  return 2595 * Math.log10(1 + hz / 700);
}

function hzOf(mel: number): number {
  return 700 * (10 ** (mel / 2595) - 1);
}

/**
 * Triangles of equal width in mel, each normalised to sum to one, so that the value of a band is a mean power whatever
 * its width. A band too narrow to hold a bin takes the nearest bin.
 */
function melBands(count: number, fftSize: number, sampleRateHz: number, lowHz: number, highHz: number): Band[] {
  const low = melOf(lowHz);
  const step = (melOf(highHz) - low) / (count + 1);
  const binOf = (hz: number): number => (hz * fftSize) / sampleRateHz;
  return Array.from({ length: count }, (_, band) => {
    const left = binOf(hzOf(low + band * step));
    const centre = binOf(hzOf(low + (band + 1) * step));
    const right = binOf(hzOf(low + (band + 2) * step));
    const first = Math.ceil(left);
    const weights = Float64Array.from({ length: Math.max(0, Math.floor(right) - first + 1) }, (_, i) => {
      const bin = first + i;
      return bin < centre ? (bin - left) / (centre - left) : (right - bin) / (right - centre);
    });
    const sum = weights.reduce((total, weight) => total + weight, 0);
    if (sum < 1e-6) return { first: Math.round(centre), weights: Float64Array.of(1) };
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}
