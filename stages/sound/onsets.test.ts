import { describe, expect, it } from 'vitest';
import { onsetTrack } from '../../bench/sound/onset-track.js';
import { ONSET_TOLERANCE_SEC, findOnsets, matchOnsets } from '../../bench/sound/score-onsets.js';
import { seededRandom } from '../../bench/shots/random.js';
import { PowerSpectrum } from './power-spectrum.js';

const RATE = 16_000;

describe('PowerSpectrum', () => {
  it('agrees with the definition', () => {
    const random = seededRandom(1);
    const samples = Float64Array.from({ length: 16 }, () => random() - 0.5);
    const power = new Float64Array(9);
    new PowerSpectrum(16).transform(samples, power);
    for (let bin = 0; bin <= 8; bin += 1) {
      const re = samples.reduce((sum, value, i) => sum + value * Math.cos((2 * Math.PI * bin * i) / 16), 0);
      const im = samples.reduce((sum, value, i) => sum + value * Math.sin((2 * Math.PI * bin * i) / 16), 0);
      expect(power[bin]).toBeCloseTo(re * re + im * im, 10);
    }
  });

  it('refuses a size that is no power of two', () => {
    expect(() => new PowerSpectrum(480)).toThrow(RangeError);
  });
});

describe('onsets', () => {
  it('finds clicks where they are, in pieces of any size', () => {
    const samples = new Float32Array(3 * RATE);
    for (const sec of [0.5, 1.25, 2]) samples[sec * RATE] = 0.8;
    const onsets = findOnsets(samples, RATE);
    expect(onsets.length).toBe(3);
    expect(matchOnsets(onsets, [0.5, 1.25, 2], 0.02).hits).toBe(3);
  });

  it('finds none in silence, in steady noise and in a steady tone', () => {
    const random = seededRandom(2);
    expect(findOnsets(new Float32Array(2 * RATE), RATE)).toEqual([]);
    const noise = Float32Array.from({ length: 4 * RATE }, () => (random() - 0.5) * 0.2);
    expect(findOnsets(noise, RATE).filter((sec) => sec > 0.1)).toEqual([]);
    const tone = Float32Array.from({ length: 4 * RATE }, (_, i) => 0.3 * Math.sin((2 * Math.PI * 440 * i) / RATE));
    expect(findOnsets(tone, RATE).filter((sec) => sec > 0.1 && sec < 3.9)).toEqual([]);
  });

  it('finds nine of ten sounds in synthesised tracks (seeds that chose no constant)', () => {
    let hits = 0;
    let found = 0;
    let wanted = 0;
    for (let seed = 5001; seed <= 5010; seed += 1) {
      const { samples, onsetsSec } = onsetTrack(seed, RATE);
      const onsets = findOnsets(samples, RATE);
      hits += matchOnsets(onsets, onsetsSec, ONSET_TOLERANCE_SEC).hits;
      found += onsets.length;
      wanted += onsetsSec.length;
    }
    expect(hits / found).toBeGreaterThan(0.9);
    expect(hits / wanted).toBeGreaterThan(0.88);
  });
});
