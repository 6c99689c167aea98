import { describe, expect, it } from 'vitest';
import { WaveformPeaks } from './waveform-peaks.js';

describe('WaveformPeaks', () => {
  it('keeps the largest absolute sample of each bin', () => {
    const waveform = new WaveformPeaks(1000, 25);
    const samples = new Float32Array(25);
    samples[3] = -0.5;
    samples[12] = 0.25;
    samples[24] = 1;
    waveform.push(samples.subarray(0, 7));
    waveform.push(samples.subarray(7));
    expect(waveform.binSec).toBe(0.01);
    expect(waveform.finish()).toEqual([0.5, 0.25, 1]);
  });

  it('never has more than 4,000 bins', () => {
    expect(new WaveformPeaks(48_000, 48_000 * 7200 + 1).finish().length).toBeLessThanOrEqual(4000);
  });
});
