import type { Repetition } from './log-mel.js';

/**
 * CLAP's `repeatpad`: the whole sound as often as it fits, then silence; a longer sound is cut at its beginning, where
 * the published extractor would cut at a random place (ours must give the same numbers twice).
 */
export function repeatPad(samples: Float32Array, target: Float32Array): Repetition {
  const whole = Math.floor(target.length / samples.length);
  if (whole === 0) {
    target.set(samples.subarray(0, target.length));
    return { period: target.length, repeats: 1 };
  }
  for (let turn = 0; turn < whole; turn++) target.set(samples, turn * samples.length);
  target.fill(0, whole * samples.length);
  return { period: samples.length, repeats: whole };
}
