import { describe, expect, it } from 'vitest';
import { LogBands } from './log-bands.js';

function noise(index: number): number {
  const value = Math.sin(index * 12.9898) * 43758.5453;
  return Math.fround(2 * (value - Math.floor(value)) - 1);
}

/** One band per bin, with the plain logarithm. */
function bins(size: number, taper: Float64Array): LogBands {
  const bands = Array.from({ length: size / 2 + 1 }, (_, first) => ({ first, weights: Float64Array.of(1) }));
  return new LogBands({ fftSize: size, taper, bands, scale: { slope: 1, shift: 0, floor: 1e-30, floorIs: 'added' } });
}

function powerOf(signal: readonly number[], k: number): number {
  let re = 0;
  let im = 0;
  signal.forEach((value, n) => {
    re += value * Math.cos((2 * Math.PI * k * n) / signal.length);
    im += value * Math.sin((2 * Math.PI * k * n) / signal.length);
  });
  return re * re + im * im;
}

describe('LogBands', () => {
  it.each([8, 16, 32, 512, 1024])('computes the power of the defining sum for both frames, with %i points', (size) => {
    const spectra = bins(size, new Float64Array(size).fill(1));
    const samples = spectra.reserve(size + 7).map((_, index) => noise(index));
    spectra.reserve(size + 7).set(samples);
    spectra.write(0, 7);
    for (let k = 0; k <= size / 2; k++)
      for (const frame of [0, 1]) {
        const expected = powerOf([...samples.subarray(7 * frame, 7 * frame + size)], k);
        expect(Math.exp(spectra.levels[2 * k + frame] ?? 0)).toBeCloseTo(expected, 8);
      }
  });

  it('centres a short taper in the transform, and keeps nothing of the frame before', () => {
    const spectra = bins(16, Float64Array.of(0.5, 1, 0.25));
    spectra.reserve(64).fill(9);
    spectra.write(0, 0);
    spectra.reserve(64).set([0.1, 0.2, 0.3]);
    spectra.write(0, 0);
    const signal = [0, 0, 0, 0, 0, 0, 0.05, 0.2, 0.075, 0, 0, 0, 0, 0, 0, 0];
    for (let k = 0; k <= 8; k++) expect(Math.exp(spectra.levels[2 * k] ?? 0)).toBeCloseTo(powerOf(signal, k), 6);
  });

  it('computes the logarithm to 1e-11 over 24 decades, above a floor', () => {
    const scale = { slope: 1, shift: 0, floor: 1e-10, floorIs: 'least' } as const;
    const bands = [{ first: 0, weights: Float64Array.of(1) }];
    const spectra = new LogBands({ fftSize: 8, taper: new Float64Array(8).fill(1), bands, scale });
    for (let exponent = -12; exponent <= 12; exponent += 0.001) {
      const sample = Math.fround(10 ** (exponent / 2));
      spectra
        .reserve(16)
        .fill(sample / 8, 0, 8)
        .fill(0, 8);
      spectra.write(0, 8);
      const sum = Math.fround(sample / 8) * 8;
      expect(Math.abs((spectra.levels[0] ?? 9) - Math.log(Math.max(1e-10, sum * sum)))).toBeLessThan(1e-11);
      expect(spectra.levels[1]).toBeCloseTo(Math.log(1e-10), 11);
    }
  });

  it('keeps its samples when its memory grows, and returns the level of silence for a band without bins', () => {
    const scale = { slope: 2, shift: 3, floor: 1, floorIs: 'added' } as const;
    const bands = [
      { first: 0, weights: new Float64Array(0) },
      { first: 1, weights: Float64Array.of(1) },
    ];
    const spectra = new LogBands({ fftSize: 8, taper: new Float64Array(8).fill(1), bands, scale });
    spectra.reserve(8).set([1, -1, 1, 0, 0, 0, 0, 0]);
    spectra.write(0, 0);
    const small = [...spectra.levels];
    expect(small[0]).toBeCloseTo(3, 11);
    expect(small[2]).toBeCloseTo(2 * Math.log(1 + powerOf([1, -1, 1, 0, 0, 0, 0, 0], 1)) + 3, 6);
    spectra.reserve(1_000_000).fill(0, 8);
    spectra.write(0, 0);
    expect([...spectra.levels]).toEqual(small);
  });

  it('refuses a size that is not a power of two', () => {
    expect(() => bins(800, new Float64Array(8))).toThrow(RangeError);
  });
});
