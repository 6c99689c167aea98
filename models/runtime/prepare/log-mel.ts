import { LogBands, type LevelScale } from '../../spectrum/log-bands.js';
import type { LogMelParameters, SoundPreparation, SoundWindow } from '../model-spec.js';
import { melBands } from './mel-bands.js';

/** A sound of `period` samples that is repeated `repeats` times; silence follows up to the end. */
export interface Repetition {
  readonly period: number;
  readonly repeats: number;
}

/** Distances between neighbouring numbers of a spectrogram. */
interface Strides {
  readonly frameStride: number;
  readonly bandStride: number;
}

/**
 * Computes log-mel spectrograms of windows of sound: optional pre-emphasis, frames centred on multiples of the hop with
 * reflected borders, power spectrum, triangular mel bands, logarithm, shift and scale (see LogMelParameters). An instance
 * reuses its buffers, so a thread needs one.
 */
export class LogMel {
  private readonly bands: LogBands;
  /** Number of samples of a transform before the taper begins. */
  private readonly before: number;
  /** Number of samples that pre-emphasis removes. */
  private readonly lost: number;
  /** The emphasised samples of the loaded sound. Space for two mirrored frames follows them. */
  private signal: Float32Array;

  constructor(readonly parameters: LogMelParameters) {
    this.bands = new LogBands({
      fftSize: parameters.fftSize,
      taper: hann(parameters),
      bands: melBands(parameters),
      scale: levelScale(parameters),
    });
    this.before = Math.floor((parameters.fftSize - parameters.windowSize) / 2);
    this.lost = parameters.preEmphasis > 0 ? 1 : 0;
    this.signal = this.bands.reserve(0);
  }

  /** Number of frames of a window of `samples` samples. */
  framesOf(samples: number): number {
    return 1 + Math.floor((samples - this.lost) / this.parameters.hopSize);
  }

  /** Frames `from … to − 1` of a window see no reflected border: half a transform fits on either side of their centre. */
  innerFrames(samples: number): { readonly from: number; readonly to: number } {
    const { hopSize, fftSize } = this.parameters;
    const half = fftSize / 2;
    const from = Math.ceil(half / hopSize);
    return { from, to: Math.max(from, Math.floor((samples - this.lost - half) / hopSize) + 1) };
  }

  /**
   * Writes the spectrogram of a sound, `framesOf(samples.length) × melBins` numbers. With a `repetition` whose period is
   * a multiple of the hop, frames that lie wholly inside it are copied from the first repeat, which has equal samples.
   */
  write(
    samples: Float32Array,
    spectrogram: Float32Array,
    layout: SoundPreparation['layout'],
    repetition: Repetition | null = null,
  ): void {
    const frames = this.framesOf(samples.length);
    const strides = stridesOf(layout, frames, this.parameters.melBins);
    const whole = { start: 0, length: samples.length };
    const step = repetition ? this.repetitionStep(repetition) : 0;
    const inside = this.innerFrames(repetition && step > 0 ? repetition.period * repetition.repeats : samples.length);
    const copied = step > 0 ? { from: Math.min(inside.from + step, frames), to: inside.to } : { from: frames, to: 0 };
    this.load(samples);
    this.writeFrames(whole, 0, copied.from, spectrogram, 0, strides);
    const { frameStride, bandStride } = strides;
    for (let frame = copied.from; frame < copied.to; frame++)
      for (let band = 0; band < this.parameters.melBins; band++) {
        const to = frame * frameStride + band * bandStride;
        spectrogram[to] = spectrogram[to - step * frameStride] ?? 0;
      }
    const rest = Math.max(copied.from, copied.to);
    this.writeFrames(whole, rest, frames, spectrogram, rest * frameStride, strides);
  }

  /** Sets the sound that `writeFrames` reads. */
  load(sound: Float32Array): void {
    const { preEmphasis, windowSize } = this.parameters;
    const length = Math.max(0, sound.length - this.lost);
    const room = this.bands.reserve(length + 2 * windowSize);
    this.signal = room.subarray(0, length);
    if (this.lost === 0) this.signal.set(sound);
    else {
      let last = sound[0] ?? 0;
      for (let index = 0; index < length; index++) {
        const sample = sound[index + 1] ?? 0;
        room[index] = sample - preEmphasis * last;
        last = sample;
      }
    }
  }

  /** Writes frames `from … to − 1` of a window of the loaded sound; the first one begins at index `at`. */
  writeFrames(
    window: SoundWindow,
    from: number,
    to: number,
    spectrogram: Float32Array,
    at: number,
    { frameStride, bandStride }: Strides,
  ): void {
    const { bands } = this;
    for (let frame = from, place = at; frame < to; frame += 2, place += 2 * frameStride) {
      const first = this.samplesOf(window, frame, 0);
      const alone = frame + 1 === to;
      bands.write(first, alone ? first : this.samplesOf(window, frame + 1, 1));
      const { levels } = bands;
      for (let index = 0, near = place; index < levels.length; index += 2, near += bandStride) {
        spectrogram[near] = levels[index] ?? 0;
        if (!alone) spectrogram[near + frameStride] = levels[index + 1] ?? 0;
      }
    }
  }

  /**
   * Returns where the tapered samples of a frame begin: in the sound, or, for a frame that reaches over an end of the
   * window, in one of the two slots behind the sound, where its mirrored samples are written.
   */
  private samplesOf({ start, length }: SoundWindow, frame: number, slot: number): number {
    const { hopSize, fftSize, windowSize } = this.parameters;
    const { signal } = this;
    const samples = length - this.lost;
    const first = frame * hopSize - fftSize / 2 + this.before;
    if (first >= 0 && first + windowSize <= samples) return start + first;
    if (samples <= fftSize / 2) throw new Error(`a window of ${length} samples is shorter than half a transform`);
    const target = signal.length + slot * windowSize;
    const room = this.bands.reserve(target + windowSize);
    // The edge sample itself is not repeated.
    for (let index = 0; index < windowSize; index++) {
      const place = Math.abs(first + index);
      room[target + index] = signal[start + (place < samples ? place : 2 * (samples - 1) - place)] ?? 0;
    }
    return target;
  }

  /** Length of the repeated part in frames; 0 when no frame can be copied. */
  private repetitionStep({ period, repeats }: Repetition): number {
    const { hopSize, preEmphasis } = this.parameters;
    return period % hopSize === 0 && repeats > 1 && preEmphasis === 0 ? period / hopSize : 0;
  }
}

/** The strides of a spectrogram of `frames` frames. */
export function stridesOf(layout: SoundPreparation['layout'], frames: number, melBins: number): Strides {
  return layout === 'frames-bands' ? { frameStride: melBins, bandStride: 1 } : { frameStride: 1, bandStride: frames };
}

/**
 * CLAP's `repeatpad`: the whole sound as often as it fits, then silence. A longer sound is cut at its beginning, where the
 * published extractor cuts at a random place: equal input must give equal numbers.
 */
export function repeatPad(samples: Float32Array, target: Float32Array): Repetition {
  const repeats = Math.floor(target.length / samples.length);
  if (repeats === 0) {
    target.set(samples.subarray(0, target.length));
    return { period: target.length, repeats: 1 };
  }
  for (let repeat = 0; repeat < repeats; repeat++) target.set(samples, repeat * samples.length);
  target.fill(0, repeats * samples.length);
  return { period: samples.length, repeats };
}

function hann({ windowSize, window }: LogMelParameters): Float64Array {
  const period = window === 'hann-symmetric' ? windowSize - 1 : windowSize;
  return Float64Array.from({ length: windowSize }, (_, index) => 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / period));
}

/** (ln(power + offset) + shift) / scale, or 10 log10(max(power, offset)) in place of the logarithm. */
function levelScale({ log, logOffset, shift, scale }: LogMelParameters): LevelScale {
  const factor = log === 'ln' ? 1 : 10 / Math.LN10;
  return {
    slope: factor / scale,
    shift: shift / scale,
    floor: logOffset,
    floorIs: log === 'ln' ? 'added' : 'least',
  };
}
