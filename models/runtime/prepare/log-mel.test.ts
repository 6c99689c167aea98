import { ClapFeatureExtractor } from '@xenova/transformers';
import { describe, expect, it } from 'vitest';
import type { LogMelParameters } from '../model-spec.js';
import { LogMel, repeatPad } from './log-mel.js';
import { melBands } from './mel-bands.js';
import { SharedFrames } from './shared-frames.js';

/** EfficientAT's front end, as the lite pack states it. */
const TAGGER: LogMelParameters = {
  sampleRateHz: 32000,
  preEmphasis: 0.97,
  fftSize: 1024,
  windowSize: 800,
  window: 'hann-symmetric',
  hopSize: 320,
  melBins: 128,
  melScale: 'kaldi',
  melNorm: 'none',
  minHz: 0,
  maxHz: 15000,
  log: 'ln',
  logOffset: 1e-5,
  shift: 4.5,
  scale: 5,
};

const CLAP: LogMelParameters = {
  ...TAGGER,
  sampleRateHz: 48000,
  preEmphasis: 0,
  windowSize: 1024,
  window: 'hann-periodic',
  hopSize: 480,
  melBins: 64,
  melScale: 'slaney',
  melNorm: 'slaney',
  minHz: 50,
  maxHz: 14000,
  log: 'decibel',
  logOffset: 1e-10,
  shift: 0,
  scale: 1,
};

function chirp(samples: number): Float32Array {
  return Float32Array.from({ length: samples }, (_, i) => 0.4 * Math.sin(i * (0.01 + i * 4e-6)) + 0.05 * noise(i));
}

function noise(index: number): number {
  const value = Math.sin(index * 12.9898) * 43758.5453;
  return 2 * (value - Math.floor(value)) - 1;
}

describe('LogMel', () => {
  it('equals its definition, computed one frame at a time, for the front end of the tagger', () => {
    const mel = new LogMel(TAGGER);
    const samples = chirp(32000);
    const frames = mel.framesOf(samples.length);
    expect(frames).toBe(100);
    const spectrogram = new Float32Array(frames * 128);
    mel.write(samples, spectrogram, 'bands-frames');
    for (const frame of [0, 1, 50, 99]) {
      const expected = plainFrame(samples, frame);
      for (let band = 0; band < 128; band++)
        expect(spectrogram[band * frames + frame]).toBeCloseTo(expected[band] ?? 9, 5);
    }
  });

  it("equals the library's extractor to a thousandth for CLAP", async () => {
    const extractor = new ClapFeatureExtractor({
      feature_size: 64,
      fft_window_size: 1024,
      frequency_max: 14000,
      frequency_min: 50,
      hop_length: 480,
      nb_frequency_bins: 513,
      nb_max_samples: 480000,
      padding: 'repeatpad',
      sampling_rate: 48000,
      truncation: 'rand_trunc',
    });
    // Not 1 s: when the length divides ten seconds, the library's loop ends one repeat early and leaves out the last one,
    // which the published extractor has.
    for (const seconds of [0.7, 3, 10]) {
      const samples = chirp(Math.round(seconds * 48000));
      const padded = new Float32Array(480000);
      const repetition = repeatPad(samples, padded);
      const mel = new LogMel(CLAP);
      const spectrogram = new Float32Array(mel.framesOf(padded.length) * 64);
      mel.write(padded, spectrogram, 'frames-bands', repetition);
      const answer: unknown = await extractor(samples);
      const theirs = (answer as { input_features: { data: Float32Array; dims: number[] } }).input_features;
      expect(theirs.dims).toEqual([1, 1, 1001, 64]);
      const worst = spectrogram.reduce((max, value, i) => Math.max(max, Math.abs(value - (theirs.data[i] ?? 1e9))), 0);
      expect(worst).toBeLessThan(1e-3);
    }
  });

  it('writes the same numbers when it copies the frames of a repetition', () => {
    const samples = chirp(48000 * 3);
    const padded = new Float32Array(480000);
    const repetition = repeatPad(samples, padded);
    const mel = new LogMel(CLAP);
    const whole = new Float32Array(1001 * 64);
    const copied = new Float32Array(1001 * 64);
    mel.write(padded, whole, 'frames-bands');
    mel.write(padded, copied, 'frames-bands', repetition);
    expect(copied).toEqual(whole);
  });

  it.each(['bands-frames', 'frames-bands'] as const)(
    'gives windows that share frames the same spectrograms as each window alone (%s)',
    (layout) => {
      const track = chirp(6 * 32000);
      const mel = new LogMel(TAGGER);
      // The last start is not a whole number of hops from the others.
      const starts = [0, 32000, 48000, 77777];
      const windows = starts.flatMap((start) => [32000, 96000].map((length) => ({ start, length })));
      const shared = new SharedFrames(mel, track, layout, windows);
      for (const window of windows) {
        const size = mel.framesOf(window.length) * 128;
        const [alone, ours] = [new Float32Array(size), new Float32Array(size)];
        mel.write(track.subarray(window.start, window.start + window.length), alone, layout);
        shared.write(window, ours);
        expect(ours).toEqual(alone);
      }
    },
  );

  it('has mel bands with a peak of one in every scale', () => {
    for (const melScale of ['kaldi', 'slaney', 'htk'] as const) {
      const bands = melBands({ ...CLAP, melScale, melNorm: 'none', fftSize: 16384 });
      expect(bands).toHaveLength(64);
      for (const { weights } of bands) {
        expect(Math.max(...weights)).toBeGreaterThan(0.9);
        expect(Math.max(...weights)).toBeLessThanOrEqual(1);
      }
    }
  });
});

/** The definition, with a discrete Fourier sum and dense filters. */
function plainFrame(samples: Float32Array, frame: number): number[] {
  const emphasised = Array.from(samples.subarray(1), (value, i) => value - 0.97 * (samples[i] ?? 0));
  const length = emphasised.length;
  const at = (i: number): number => emphasised[i < 0 ? -i : i >= length ? 2 * (length - 1) - i : i] ?? 0;
  const windowed = Array.from({ length: 1024 }, (_, i) => {
    const inside = i - 112;
    const hann = inside >= 0 && inside < 800 ? 0.5 - 0.5 * Math.cos((2 * Math.PI * inside) / 799) : 0;
    return hann * at(frame * 320 - 512 + i);
  });
  const toMel = (hz: number): number => 1127 * Math.log(1 + hz / 700);
  const step = toMel(15000) / 129;
  const power = Array.from({ length: 512 }, (_, k) => {
    let re = 0;
    let im = 0;
    windowed.forEach((value, n) => {
      re += value * Math.cos((2 * Math.PI * k * n) / 1024);
      im += value * Math.sin((2 * Math.PI * k * n) / 1024);
    });
    return re * re + im * im;
  });
  return Array.from({ length: 128 }, (_, band) => {
    const sum = power.reduce((total, value, bin) => {
      const place = (toMel((bin * 32000) / 1024) - band * step) / step;
      return total + value * Math.max(0, Math.min(place, 2 - place));
    }, 0);
    return (Math.log(sum + 1e-5) + 4.5) / 5;
  });
}
