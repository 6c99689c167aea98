import type { LogMelParameters, SoundPreparation } from '../model-spec.js';
import { Fourier } from './fourier.js';
import { melBands, type MelBand } from './mel-bands.js';

/** The part of a sound that is `period` samples, over and over; silence follows up to the end. */
export interface Repetition {
  readonly period: number;
  readonly turns: number;
}

/** The window that ended `shift` samples earlier: this one begins with the same numbers that it ends with. */
export interface Predecessor {
  readonly picture: Float32Array;
  readonly shift: number;
}

/** Frames `from … to − 1` are those of `source`, `offset` frames further on. */
interface Copy {
  readonly from: number;
  readonly to: number;
  readonly source: Float32Array;
  readonly offset: number;
}

/**
 * Windows of sound to log-mel pictures: optional pre-emphasis, frames centred on multiples of the hop with reflected
 * borders, power spectrum, triangular mel bands, logarithm, shift and scale (LogMelParameters says each). One instance
 * a thread: its buffers are used again and again.
 */
export class LogMel {
  private readonly fourier: Fourier;
  private readonly window: Float64Array;
  private readonly bands: readonly MelBand[];
  private padded = new Float64Array(0);
  private readonly powerA: Float64Array;
  private readonly powerB: Float64Array;

  constructor(private readonly how: LogMelParameters) {
    this.fourier = new Fourier(how.fftSize);
    this.window = centredWindow(how);
    this.bands = melBands(how);
    this.powerA = new Float64Array(how.fftSize / 2 + 1);
    this.powerB = new Float64Array(how.fftSize / 2 + 1);
  }

  /** Frames that a window of so many samples becomes. */
  framesOf(samples: number): number {
    return 1 + Math.floor((samples - (this.how.preEmphasis > 0 ? 1 : 0)) / this.how.hopSize);
  }

  /**
   * Writes `framesOf(samples.length) × melBins` numbers. With a `repetition` or a `predecessor` whose step is a multiple
   * of the hop, frames that lie wholly inside what is known are copied: their samples are the same numbers.
   */
  write(
    samples: Float32Array,
    picture: Float32Array,
    layout: SoundPreparation['layout'],
    known: Repetition | Predecessor | null = null,
  ): void {
    const { hopSize, melBins } = this.how;
    const frames = this.framesOf(samples.length);
    this.pad(samples);
    // [frames, bands] or [bands, frames] by strides alone.
    const frameStride = layout === 'frames-bands' ? melBins : 1;
    const bandStride = layout === 'frames-bands' ? 1 : frames;
    const copied = known && this.copyOf(frames, samples.length, picture, known);
    let pending = -1;
    for (let frame = 0; frame < frames; frame++) {
      if (copied && frame >= copied.from && frame < copied.to) continue;
      if (pending < 0) {
        pending = frame;
        continue;
      }
      this.powerOfTwo(pending * hopSize, frame * hopSize);
      this.writeFrame(this.powerA, picture, pending * frameStride, bandStride);
      this.writeFrame(this.powerB, picture, frame * frameStride, bandStride);
      pending = -1;
    }
    if (pending >= 0) {
      this.powerOfTwo(pending * hopSize, pending * hopSize);
      this.writeFrame(this.powerA, picture, pending * frameStride, bandStride);
    }
    if (!copied) return;
    for (let frame = copied.from; frame < copied.to; frame++)
      for (let band = 0; band < melBins; band++)
        picture[frame * frameStride + band * bandStride] =
          copied.source[(frame + copied.offset) * frameStride + band * bandStride] ?? 0;
  }

  private copyOf(frames: number, length: number, picture: Float32Array, known: Repetition | Predecessor): Copy | null {
    const { hopSize, fftSize, preEmphasis } = this.how;
    const half = fftSize / 2;
    // A frame sees half a transform to either side of its centre; nearer to an end it sees the reflected border.
    const first = Math.ceil(half / hopSize);
    if ('period' in known) {
      const { period, turns } = known;
      if (period % hopSize !== 0 || turns < 2 || preEmphasis > 0) return null;
      const step = period / hopSize;
      const to = Math.min(Math.floor((period * turns - half) / hopSize) + 1, frames);
      return first + step < to ? { from: first + step, to, source: picture, offset: -step } : null;
    }
    if (known.shift % hopSize !== 0) return null;
    const offset = known.shift / hopSize;
    const last = Math.floor((length - (preEmphasis > 0 ? 1 : 0) - half) / hopSize);
    const to = last - offset + 1;
    return first < to ? { from: first, to, source: known.picture, offset } : null;
  }

  /** Pre-emphasised samples between borders of half a transform, mirrored without repeating the edge sample. */
  private pad(samples: Float32Array): void {
    const { preEmphasis, fftSize } = this.how;
    const half = fftSize / 2;
    const length = samples.length - (preEmphasis > 0 ? 1 : 0);
    if (length <= half) throw new Error(`a window of ${samples.length} samples is shorter than half a transform`);
    if (this.padded.length !== length + fftSize) this.padded = new Float64Array(length + fftSize);
    const { padded } = this;
    if (preEmphasis > 0)
      for (let index = 0; index < length; index++)
        padded[half + index] = (samples[index + 1] ?? 0) - preEmphasis * (samples[index] ?? 0);
    else padded.set(samples, half);
    for (let index = 1; index <= half; index++) {
      padded[half - index] = padded[half + index] ?? 0;
      padded[half + length - 1 + index] = padded[half + length - 1 - index] ?? 0;
    }
  }

  /** Power spectra of the frames that begin at `a` and `b` of the padded sound, from one complex transform: a + i b. */
  private powerOfTwo(a: number, b: number): void {
    const { fourier, window, padded, powerA, powerB } = this;
    const { re, im, size } = fourier;
    for (let index = 0; index < size; index++) {
      re[index] = (padded[a + index] ?? 0) * (window[index] ?? 0);
      im[index] = (padded[b + index] ?? 0) * (window[index] ?? 0);
    }
    fourier.run();
    for (let bin = 0; bin <= size / 2; bin++) {
      const mirror = bin === 0 ? 0 : size - bin;
      const sumRe = (re[bin] ?? 0) + (re[mirror] ?? 0);
      const differenceIm = (im[bin] ?? 0) - (im[mirror] ?? 0);
      const sumIm = (im[bin] ?? 0) + (im[mirror] ?? 0);
      const differenceRe = (re[mirror] ?? 0) - (re[bin] ?? 0);
      powerA[bin] = (sumRe * sumRe + differenceIm * differenceIm) / 4;
      powerB[bin] = (sumIm * sumIm + differenceRe * differenceRe) / 4;
    }
  }

  private writeFrame(power: Float64Array, picture: Float32Array, at: number, bandStride: number): void {
    const { log, logOffset, shift, scale } = this.how;
    let to = at;
    for (const { first, weights } of this.bands) {
      let sum = 0;
      for (let index = 0; index < weights.length; index++) sum += (weights[index] ?? 0) * (power[first + index] ?? 0);
      const level = log === 'ln' ? Math.log(sum + logOffset) : 10 * Math.log10(Math.max(logOffset, sum));
      picture[to] = (level + shift) / scale;
      to += bandStride;
    }
  }
}

/** The window in the middle of the transform's length, as torch.stft and librosa place a shorter one. */
function centredWindow({ fftSize, windowSize, window }: LogMelParameters): Float64Array {
  const before = Math.floor((fftSize - windowSize) / 2);
  const period = window === 'hann-symmetric' ? windowSize - 1 : windowSize;
  const placed = new Float64Array(fftSize);
  for (let index = 0; index < windowSize; index++)
    placed[before + index] = 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / period);
  return placed;
}
