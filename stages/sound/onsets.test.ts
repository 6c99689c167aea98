import { describe, expect, it } from 'vitest';
import { onsetTrack } from '../../fixtures/synth/onset-track.js';
import { ONSET_TOLERANCE_SEC, findOnsets, matchOnsets } from './testing/score-onsets.js';
import { randomStream } from '../../fixtures/synth/random.js';
import { OnsetStrength } from './onset-strength.js';

const RATE = 16_000;

describe('OnsetStrength and OnsetPeaks', () => {
  it('finds clicks at their times', () => {
    const samples = new Float32Array(3 * RATE);
    for (const sec of [0.5, 1.25, 2]) samples[sec * RATE] = 0.8;
    const onsets = findOnsets(samples, RATE);
    expect(onsets.length).toBe(3);
    expect(matchOnsets(onsets, [0.5, 1.25, 2], 0.02).hits).toBe(3);
  });

  it('gives one strength every 10 ms, the same for chunks of any size', () => {
    const { samples } = onsetTrack(7, RATE);
    const inChunks = (size: number): number[] => {
      const strength = new OnsetStrength(RATE);
      const found: number[] = [];
      for (let at = 0; at < samples.length; at += size)
        strength.push(samples.subarray(at, at + size), (value) => found.push(value));
      return found;
    };
    const whole = inChunks(samples.length);
    // The last half window has no strength.
    expect(whole.length).toBe(Math.floor((samples.length - 256) / 160) + 1);
    expect(inChunks(997)).toEqual(whole);
    expect(inChunks(50)).toEqual(whole);
  });

  it('finds no onset in silence, in steady noise and in a steady tone', () => {
    const random = randomStream(2);
    expect(findOnsets(new Float32Array(2 * RATE), RATE)).toEqual([]);
    const noise = Float32Array.from({ length: 4 * RATE }, () => (random() - 0.5) * 0.2);
    expect(findOnsets(noise, RATE).filter((sec) => sec > 0.1)).toEqual([]);
    const tone = Float32Array.from({ length: 4 * RATE }, (_, i) => 0.3 * Math.sin((2 * Math.PI * 440 * i) / RATE));
    expect(findOnsets(tone, RATE).filter((sec) => sec > 0.1 && sec < 3.9)).toEqual([]);
  });

  it('finds a sound that begins with the first sample, and none where a track begins with silence or faint noise', () => {
    const random = randomStream(4);
    const tone = Float32Array.from({ length: RATE }, (_, i) => 0.3 * Math.sin((2 * Math.PI * 440 * i) / RATE));
    expect(findOnsets(tone, RATE)).toEqual([0]);
    const faint = Float32Array.from({ length: RATE }, () => (random() - 0.5) * 0.001);
    expect(findOnsets(faint, RATE)).toEqual([]);
  });

  it('takes no sound that is cut off for an onset', () => {
    const samples = Float32Array.from({ length: 3 * RATE }, (_, i) =>
      i >= RATE && i < 2 * RATE ? 0.4 * Math.sin((2 * Math.PI * 523 * i) / RATE + 1) : 0,
    );
    const onsets = findOnsets(samples, RATE);
    expect(onsets).toHaveLength(1);
    expect(onsets[0]).toBeCloseTo(1, 1);
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
