import { describe, expect, it } from 'vitest';
import { SilenceFinder, silenceThreshold } from './silences.js';

const RATE = 16_000;

describe('silenceThreshold', () => {
  it('lies 35 dB below the programme, but between -60 and -40 dBFS', () => {
    expect(silenceThreshold(-14)).toBe(-49);
    expect(silenceThreshold(-40)).toBe(-60);
    expect(silenceThreshold(0)).toBe(-40);
    expect(silenceThreshold(null)).toBe(-60);
  });
});

describe('SilenceFinder', () => {
  it('finds silences of half a second and longer, even with a constant offset', () => {
    const samples = new Float32Array(4 * RATE).fill(0.01);
    addTone(samples, 1, 2);
    addTone(samples, 2.4, 3);
    const finder = new SilenceFinder(RATE, -60);
    for (let at = 0; at < samples.length; at += 777) finder.push(samples.subarray(at, at + 777));
    expect(finder.finish(4)).toEqual([
      { startSec: 0, endSec: 1 },
      { startSec: 3, endSec: 4 },
    ]);
  });

  it('counts only levels below the threshold as silence', () => {
    const samples = new Float32Array(RATE);
    addTone(samples, 0, 1, 0.002);
    const quiet = new SilenceFinder(RATE, -50);
    quiet.push(samples);
    expect(quiet.finish(1)).toEqual([{ startSec: 0, endSec: 1 }]);
    const loud = new SilenceFinder(RATE, -60);
    loud.push(samples);
    expect(loud.finish(1)).toEqual([]);
  });
});

function addTone(samples: Float32Array, fromSec: number, toSec: number, amplitude = 0.1): void {
  for (let i = fromSec * RATE; i < toSec * RATE; i += 1)
    samples[i] = (samples[i] ?? 0) + amplitude * Math.sin((2 * Math.PI * 500 * i) / RATE);
}
