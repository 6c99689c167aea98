import { seededRandom } from '../shots/random.js';

export interface OnsetTrack {
  readonly samples: Float32Array;
  readonly onsetsSec: readonly number[];
}

/**
 * Ten seconds of clicks, tones and noise bursts at known times over a bed of noise or silence. Everything follows from
 * the seed: how loud the bed is, how far the sounds stand out (15 dB and more), how fast they rise (to 20 ms) and fade.
 */
export function onsetTrack(seed: number, sampleRateHz: number): OnsetTrack {
  const random = seededRandom(seed);
  const between = (low: number, high: number): number => low + (high - low) * random();
  const samples = new Float32Array(10 * sampleRateHz);
  const bed = random() < 0.3 ? 0 : 10 ** (between(-70, -40) / 20);
  for (let i = 0; i < samples.length; i += 1) samples[i] = (random() + random() - 1) * 2.45 * bed;
  const onsetsSec: number[] = [];
  for (let atSec = between(0.2, 0.8); atSec < 9.5; atSec += between(0.15, 1.2)) {
    onsetsSec.push(atSec);
    const level = Math.min(0.5, Math.max(10 ** (between(-35, -6) / 20), bed * 10 ** (15 / 20)));
    addSound(samples, sampleRateHz, Math.round(atSec * sampleRateHz), level, random);
  }
  return { samples, onsetsSec };
}

function addSound(samples: Float32Array, rate: number, start: number, level: number, random: () => number): void {
  const kind = random();
  const riseSec = kind < 0.33 ? 0 : random() * 0.02;
  const fadeSec = kind < 0.33 ? 0.002 : 0.03 + random() * 0.3;
  const radians = (2 * Math.PI * 100 * 40 ** random()) / rate;
  const harmonics = 1 + Math.floor(random() * 6);
  for (let i = 0; i < 6 * fadeSec * rate && start + i < samples.length; i += 1) {
    const t = i / rate;
    const envelope = level * Math.min(1, riseSec > 0 ? t / riseSec : 1) * Math.exp(-t / fadeSec);
    let wave = 0;
    if (kind < 0.66) wave = (random() + random() - 1) * 2.45;
    else
      for (let h = 1; h <= harmonics; h += 1)
        if (radians * h < Math.PI) wave += (Math.SQRT2 * Math.sin(radians * h * i)) / h;
    samples[start + i] = Math.max(-1, Math.min(1, (samples[start + i] ?? 0) + envelope * wave));
  }
}
