import type { LogMelParameters, SoundPreparation } from '../model-spec.js';
import { RealFourier } from './fourier.js';
import { MelBank } from './mel-bands.js';

/** The part of a sound that is `period` samples, over and over; silence follows up to the end. */
export interface Repetition {
  readonly period: number;
  readonly turns: number;
}

/**
 * Windows of sound to log-mel pictures: optional pre-emphasis, frames centred on multiples of the hop with reflected
 * borders, power spectrum, triangular mel bands, logarithm, shift and scale (LogMelParameters says each). One instance
 * a thread: its buffers are used again and again.
 */
export class LogMel {
  private readonly fourier: RealFourier;
  private readonly taper: Float64Array;
  /** Samples of a transform before the taper begins. */
  private readonly before: number;
  private readonly bank: MelBank;
  private readonly power: Float64Array;

  constructor(readonly how: LogMelParameters) {
    this.fourier = new RealFourier(how.fftSize);
    this.taper = hann(how);
    this.before = Math.floor((how.fftSize - how.windowSize) / 2);
    this.bank = new MelBank(how);
    this.power = new Float64Array(how.fftSize / 2 + 1);
  }

  /** Frames that a window of so many samples becomes. */
  framesOf(samples: number): number {
    return 1 + Math.floor((samples - (this.how.preEmphasis > 0 ? 1 : 0)) / this.how.hopSize);
  }

  /** Frames `from … to − 1` of a window of so many samples see no reflected border: half a transform fits either side. */
  insideFrames(samples: number): { readonly from: number; readonly to: number } {
    const { hopSize, fftSize, preEmphasis } = this.how;
    const half = fftSize / 2;
    const from = Math.ceil(half / hopSize);
    return { from, to: Math.max(from, Math.floor((samples - (preEmphasis > 0 ? 1 : 0) - half) / hopSize) + 1) };
  }

  /**
   * Writes `framesOf(samples.length) × melBins` numbers. With a `repetition` whose period is a multiple of the hop,
   * frames that lie wholly inside it are copied: their samples are the same numbers.
   */
  write(
    samples: Float32Array,
    picture: Float32Array,
    layout: SoundPreparation['layout'],
    repetition: Repetition | null = null,
  ): void {
    const frames = this.framesOf(samples.length);
    const { frameStride, bandStride } = stridesOf(layout, frames, this.how.melBins);
    const step = repetition ? this.repetitionStep(repetition) : 0;
    const inside = this.insideFrames(repetition ? repetition.period * repetition.turns : samples.length);
    for (let frame = 0; frame < frames; frame++)
      if (step > 0 && frame >= inside.from + step && frame < inside.to)
        for (let band = 0; band < this.how.melBins; band++) {
          const to = frame * frameStride + band * bandStride;
          picture[to] = picture[to - step * frameStride] ?? 0;
        }
      else this.writeFrame(samples, frame, picture, frame * frameStride, bandStride);
  }

  /** One frame of the window `samples`: its bands from `at` on, `stride` apart. */
  writeFrame(samples: Float32Array, frame: number, picture: Float32Array, at: number, stride: number): void {
    const { hopSize, fftSize, windowSize, preEmphasis } = this.how;
    const length = samples.length - (preEmphasis > 0 ? 1 : 0);
    const first = frame * hopSize - fftSize / 2 + this.before;
    if (first >= 0 && first + windowSize <= length) this.taperInside(samples, first);
    else this.taperReflected(samples, first, length);
    this.fourier.power(this.power);
    this.bank.write(this.power, picture, at, stride);
  }

  /** Frames a repetition is long; 0 when none of it can be copied. */
  private repetitionStep({ period, turns }: Repetition): number {
    const { hopSize, preEmphasis } = this.how;
    return period % hopSize === 0 && turns > 1 && preEmphasis === 0 ? period / hopSize : 0;
  }

  private taperInside(samples: Float32Array, first: number): void {
    const { taper, before } = this;
    const { signal } = this.fourier;
    const { preEmphasis, windowSize } = this.how;
    signal.fill(0, 0, before);
    signal.fill(0, before + windowSize);
    if (preEmphasis > 0) {
      let last = samples[first] ?? 0;
      for (let index = 0; index < windowSize; index++) {
        const sample = samples[first + 1 + index] ?? 0;
        signal[before + index] = (sample - preEmphasis * last) * (taper[index] ?? 0);
        last = sample;
      }
    } else
      for (let index = 0; index < windowSize; index++)
        signal[before + index] = (samples[first + index] ?? 0) * (taper[index] ?? 0);
  }

  /** Mirrors at both ends without repeating the edge sample. */
  private taperReflected(samples: Float32Array, first: number, length: number): void {
    const { taper, before } = this;
    const { signal } = this.fourier;
    const { preEmphasis, windowSize, fftSize } = this.how;
    if (length <= fftSize / 2)
      throw new Error(`a window of ${samples.length} samples is shorter than half a transform`);
    signal.fill(0);
    for (let index = 0; index < windowSize; index++) {
      const place = Math.abs(first + index);
      const at = place < length ? place : 2 * (length - 1) - place;
      const sample = preEmphasis > 0 ? (samples[at + 1] ?? 0) - preEmphasis * (samples[at] ?? 0) : (samples[at] ?? 0);
      signal[before + index] = sample * (taper[index] ?? 0);
    }
  }
}

/** Where a picture of `frames` frames has its numbers. */
export function stridesOf(
  layout: SoundPreparation['layout'],
  frames: number,
  melBins: number,
): { readonly frameStride: number; readonly bandStride: number } {
  return layout === 'frames-bands' ? { frameStride: melBins, bandStride: 1 } : { frameStride: 1, bandStride: frames };
}

function hann({ windowSize, window }: LogMelParameters): Float64Array {
  const period = window === 'hann-symmetric' ? windowSize - 1 : windowSize;
  return Float64Array.from({ length: windowSize }, (_, index) => 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / period));
}
