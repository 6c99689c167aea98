import type { Random } from '../../train/random.js';
import { pink } from '../recipe/effects.js';
import type { NamingRule } from '../vocabulary.js';
import { beeps, fireAlarm, sineWave, siren, smokeAlarm } from './alarms.js';
import { electronicRinger, telephoneBell } from './bell.js';
import { engine } from './engine.js';
import { applause, clapping, water } from './hands-and-water.js';
import { between, track, whiteNoise } from './track.js';
import type { Synthesis } from './track.js';

export interface SynthesisedKind {
  readonly make: Synthesis;
  readonly naming: NamingRule;
}

/** Synthesised kinds of sound, realistic enough that a tagger trained on AudioSet recognises them. */
export const SYNTHESISED: Readonly<Record<string, SynthesisedKind>> = {
  telephone: { make: telephoneBell, naming: { is: ['Telephone', 'Telephone bell ringing'], perhaps: ['Alarm'] } },
  ringer: { make: electronicRinger, naming: { is: ['Telephone'], perhaps: ['Telephone bell ringing', 'Alarm'] } },
  'smoke-alarm': {
    make: smokeAlarm,
    naming: { is: ['Alarm', 'Smoke detector, smoke alarm'], perhaps: ['Beep, bleep', 'Fire alarm'] },
  },
  'fire-alarm': {
    make: fireAlarm,
    naming: { is: ['Alarm', 'Fire alarm'], perhaps: ['Siren', 'Smoke detector, smoke alarm', 'Beep, bleep'] },
  },
  siren: { make: siren, naming: { is: ['Alarm', 'Siren'] } },
  beeps: {
    make: beeps,
    naming: { is: ['Beep, bleep'], perhaps: ['Alarm', 'Sine wave', 'Smoke detector, smoke alarm'] },
  },
  sine: { make: sineWave, naming: { is: ['Sine wave'], perhaps: ['Beep, bleep'] } },
  white: { make: white, naming: { is: ['White noise'], perhaps: ['Pink noise'] } },
  pink: { make: pinkNoise, naming: { is: ['Pink noise'], perhaps: ['White noise'] } },
  clapping: { make: clapping, naming: { is: ['Clapping'], perhaps: ['Applause'] } },
  applause: { make: applause, naming: { is: ['Applause', 'Clapping'] } },
  engine: { make: engine, naming: { is: ['Engine'], perhaps: ['Helicopter', 'Aircraft', 'Chainsaw'] } },
  water: { make: water, naming: { is: ['Water'], perhaps: ['Rain', 'Fire', 'Crackle'] } },
  // Sweeps, clicks and bursts without a class, for which the tagger must not give any class a high score.
  nonsense: { make: nonsense, naming: { is: [], perhaps: ['Beep, bleep', 'Sine wave', 'Tick', 'Clock', 'Alarm'] } },
};

function white(seconds: number, rate: number, random: Random): Float32Array {
  return whiteNoise(track(seconds, rate), random);
}

function pinkNoise(seconds: number, rate: number, random: Random): Float32Array {
  const noise = white(seconds, rate, random);
  pink(noise);
  return noise;
}

/** One to eight sweeps of random pitch and length with frequency modulation and noise. */
function nonsense(seconds: number, rate: number, random: Random): Float32Array {
  const out = track(seconds, rate);
  const blips = 1 + random.integer(8);
  for (let blip = 0; blip < blips; blip++) {
    const from = random.integer(out.length);
    const length = Math.min(out.length - from, Math.round(between(random, 0.01, 0.8) * rate));
    const [first, last] = [80 * 2 ** (6 * random.uniform()), 80 * 2 ** (6 * random.uniform())];
    const [depth, speed, noise] = [random.uniform() ** 3 * 8, between(random, 2, 90), random.uniform() ** 2];
    let phase = 0;
    for (let i = 0; i < length; i++) {
      const part = i / length;
      phase += (2 * Math.PI * first * (last / first) ** part) / rate;
      const rough = depth * Math.sin((2 * Math.PI * speed * i) / rate);
      const value = (1 - noise) * Math.sin(phase + rough) + noise * (2 * random.uniform() - 1);
      out[from + i] = (out[from + i] ?? 0) + value * Math.sin(Math.PI * part) ** 0.5;
    }
  }
  return out;
}
