import { melBands, type MelBand } from './mel-bands.js';
import { PowerSpectrum } from './power-spectrum.js';

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
  private readonly spectrum: PowerSpectrum;
  private readonly window: Float64Array;
  private readonly bands: readonly MelBand[];
  private readonly scale: number;
  private readonly frame: Float64Array;
  private readonly power: Float64Array;
  /** The last LAG + 1 band rows in dB, as a ring. */
  private readonly rows: readonly Float64Array[];
  /** The last `spectrum.size` samples, half a window of zeros before the first. */
  private readonly recent: Float64Array;
  private untilNext: number;
  private frames = 0;

  constructor(sampleRateHz: number) {
    this.hop = Math.round(sampleRateHz * ONSET_HOP_SEC);
    const size = 2 ** Math.ceil(Math.log2(sampleRateHz * WINDOW_SEC));
    this.spectrum = new PowerSpectrum(size);
    this.window = Float64Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
    // A full-scale sine then has power 1 in its bin.
    this.scale = (4 / size) ** 2;
    this.bands = melBands(BANDS, size, sampleRateHz, LOW_HZ, Math.min(HIGH_HZ, sampleRateHz / 2));
    this.frame = new Float64Array(size);
    this.power = new Float64Array(size / 2 + 1);
    this.rows = Array.from({ length: LAG + 1 }, () => new Float64Array(BANDS).fill(FLOOR_DB));
    this.recent = new Float64Array(size);
    // Frame 0 is centred on sample 0.
    this.untilNext = size / 2;
  }

  /** Strengths that the samples complete; `emit` is called with each, in order. */
  push(samples: Float32Array, emit: (strength: number) => void): void {
    const { recent } = this;
    for (let from = 0; from < samples.length;) {
      const taken = Math.min(this.untilNext, samples.length - from);
      recent.copyWithin(0, taken);
      recent.set(samples.subarray(from, from + taken), recent.length - taken);
      from += taken;
      this.untilNext -= taken;
      if (this.untilNext > 0) continue;
      this.untilNext = this.hop;
      emit(this.strength());
    }
  }

  private strength(): number {
    const { frame, recent, window, power, scale } = this;
    for (let i = 0; i < frame.length; i += 1) frame[i] = (recent[i] ?? 0) * (window[i] ?? 0);
    this.spectrum.transform(frame, power);
    const now = this.rows[this.frames % this.rows.length] ?? frame;
    const before = this.rows[(this.frames + 1) % this.rows.length] ?? frame;
    this.frames += 1;
    // While windows reach back before the start they would take a clip's cut edge for an attack.
    const settled = this.frames * this.hop > this.frame.length / 2 + (LAG + 1) * this.hop;
    let growth = 0;
    this.bands.forEach(({ firstBin, weights }, band) => {
      let sum = 0;
      for (let i = 0; i < weights.length; i += 1) sum += (weights[i] ?? 0) * (power[firstBin + i] ?? 0);
      const level = Math.max(FLOOR_DB, 10 * Math.log10(sum * scale + 1e-12));
      now[band] = level;
      growth += Math.max(0, level - (before[band] ?? FLOOR_DB));
    });
    return settled ? growth / BANDS : 0;
  }
}
