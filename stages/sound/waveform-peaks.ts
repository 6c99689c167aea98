/** More bins than a screen has columns, so that zooming in shows detail, yet at most about 20 KB of JSON. */
const MAX_BINS = 4000;
/** Bins shorter than 10 ms would show single periods of a tone, not loudness. */
const MIN_BIN_SEC = 0.01;

/** Peak of |sample| in equal bins over a track of known length; the last bin may be short. */
export class WaveformPeaks {
  readonly binSec: number;
  private readonly binSamples: number;
  private readonly bins: Float32Array;
  private at = 0;

  constructor(sampleRateHz: number, samples: number) {
    this.binSamples = Math.max(Math.round(sampleRateHz * MIN_BIN_SEC), Math.ceil(samples / MAX_BINS));
    this.binSec = this.binSamples / sampleRateHz;
    this.bins = new Float32Array(Math.ceil(samples / this.binSamples));
  }

  push(samples: Float32Array): void {
    for (let from = 0; from < samples.length;) {
      const bin = Math.floor(this.at / this.binSamples);
      const end = Math.min(samples.length, from + (bin + 1) * this.binSamples - this.at);
      let peak = this.bins[bin] ?? 0;
      for (let index = from; index < end; index += 1) peak = Math.max(peak, Math.abs(samples[index] ?? 0));
      if (bin < this.bins.length) this.bins[bin] = peak;
      this.at += end - from;
      from = end;
    }
  }

  /** The peaks from 0 to 1, rounded to three decimals: a drawing has no more pixels. */
  finish(): number[] {
    return Array.from(this.bins, (peak) => Math.min(1, Math.round(peak * 1000) / 1000));
  }
}
