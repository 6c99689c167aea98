import type { Random } from '../../train/random.js';
import { passBand, runBiquad } from '../recipe/effects.js';
import { between, track } from './track.js';

/**
 * Combustion engine of varying speed: one pulse per cylinder, with a different level for each cylinder, filtered by the
 * exhaust.
 */
export function engine(seconds: number, rate: number, random: Random): Float32Array {
  const out = track(seconds, rate);
  const cylinders = Array.from({ length: 1 + random.integer(6) }, () => between(random, 0.5, 1));
  const idle = between(random, 9, 20) * Math.sqrt(cylinders.length);
  const revved = random.uniform() < 0.5 ? between(random, 1.2, 4) : 1;
  const period = between(random, 1, 5);
  const roughness = between(random, 0.1, 0.8);
  let phase = 0;
  let puff = 0;
  for (let i = 0; i < out.length; i++) {
    const swing = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / rate / period);
    phase += (idle * revved ** swing * (1 + 0.02 * (random.uniform() - 0.5))) / rate;
    if (phase >= 1) {
      phase -= 1;
      puff++;
    }
    const level = cylinders[puff % cylinders.length] ?? 1;
    const noise = 2 * random.uniform() - 1;
    out[i] = level * Math.exp(-phase * 7) * (1 - roughness + 2 * roughness * noise) + 0.02 * noise;
  }
  const dry = out.slice();
  runBiquad(out, passBand('band-pass', between(random, 60, 220), between(random, 0.6, 2)));
  const body = dry.slice();
  runBiquad(body, passBand('band-pass', between(random, 300, 1500), 1));
  const bright = between(random, 0.05, 0.5);
  for (let i = 0; i < out.length; i++) out[i] = (out[i] ?? 0) + bright * (body[i] ?? 0) + 0.04 * (dry[i] ?? 0);
  return out;
}
