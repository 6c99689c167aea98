import type { Random } from '../../train/random.js';
import { passBand, runBiquad } from '../recipe/effects.js';
import { addAt, between, track, whiteNoise } from './track.js';

/**
 * One clap: a noise burst around the resonance of the cavity between the hands (Repp, "The sound of two hands
 * clapping", 1987).
 */
function clap(rate: number, random: Random): Float32Array {
  const out = whiteNoise(track(0.06, rate), random);
  const decay = between(random, 0.003, 0.012);
  for (let i = 0; i < out.length; i++) out[i] = (out[i] ?? 0) * Math.exp(-i / rate / decay);
  const bright = out.slice();
  runBiquad(out, passBand('band-pass', between(random, 700, 2600), between(random, 0.8, 2.5)));
  const air = between(random, 0.05, 0.3);
  return out.map((value, i) => value + air * (bright[i] ?? 0));
}

/** A few people clapping, each in their own rhythm. */
export function clapping(seconds: number, rate: number, random: Random): Float32Array {
  return crowd(seconds, rate, random, 1 + random.integer(5));
}

/** Applause of so many people that single claps can hardly be distinguished. */
export function applause(seconds: number, rate: number, random: Random): Float32Array {
  return crowd(seconds, rate, random, 15 + random.integer(60));
}

function crowd(seconds: number, rate: number, random: Random, people: number): Float32Array {
  const out = track(seconds, rate);
  for (let person = 0; person < people; person++) {
    const hands = [clap(rate, random), clap(rate, random)];
    const period = between(random, 0.15, 0.5);
    const level = between(random, 0.2, 1);
    for (let at = between(random, 0, period); at < seconds; at += period * between(random, 0.93, 1.07))
      addAt(out, hands[random.integer(2)] ?? out, Math.round(at * rate), level * between(random, 0.7, 1));
  }
  return out;
}

/**
 * Running water: bubbles, each a decaying sine of rising pitch (van den Doel, "Physically based models for liquid
 * sounds", 2005), over the hiss of the spray.
 */
export function water(seconds: number, rate: number, random: Random): Float32Array {
  const out = whiteNoise(track(seconds, rate), random);
  runBiquad(out, passBand('band-pass', between(random, 800, 4000), 0.4));
  const hiss = between(random, 0, 0.4);
  for (let i = 0; i < out.length; i++) out[i] = (out[i] ?? 0) * hiss;
  const bubbles = Math.round(seconds * between(random, 30, 350));
  for (let bubble = 0; bubble < bubbles; bubble++) {
    const frequency = 300 * 2 ** (3.5 * random.uniform());
    const decay = 0.13 * frequency + 0.0072 * frequency ** 1.5;
    const rise = 0.1 * random.uniform() * decay;
    const level = between(random, 0.05, 1) ** 2;
    const from = Math.round(random.uniform() * out.length);
    const length = Math.min(out.length - from, Math.round((6 / decay) * rate));
    for (let i = 0; i < length; i++) {
      const time = i / rate;
      const phase = 2 * Math.PI * frequency * time * (1 + (rise * time) / 2);
      out[from + i] = (out[from + i] ?? 0) + level * Math.exp(-decay * time) * Math.sin(phase);
    }
  }
  return out;
}
