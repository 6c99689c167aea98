import type { Random } from '../../train/random.js';

/** Synthesises a training sound of `seconds` at the sample rate `rate`, varied by `random`; its level is arbitrary. */
export type Synthesis = (seconds: number, rate: number, random: Random) => Float32Array;

export function track(seconds: number, rate: number): Float32Array {
  return new Float32Array(Math.max(1, Math.round(seconds * rate)));
}

/** Uniform in [low, high). */
export function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random.uniform();
}

/** Adds `sound` to `out` from sample `at` on; what lies outside `out` is dropped. */
export function addAt(out: Float32Array, sound: Float32Array, at: number, gain: number): void {
  const end = Math.min(sound.length, out.length - at);
  for (let i = Math.max(0, -at); i < end; i++) out[at + i] = (out[at + i] ?? 0) + gain * (sound[i] ?? 0);
}

export function whiteNoise(out: Float32Array, random: Random): Float32Array {
  for (let i = 0; i < out.length; i++) out[i] = 2 * random.uniform() - 1;
  return out;
}
