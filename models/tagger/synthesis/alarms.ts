import type { Random } from '../../train/random.js';
import { between, track } from './track.js';

/** Smoke alarm: a piezo disc near 3 kHz that beeps three times and pauses (ISO 8201), or beeps evenly. */
export function smokeAlarm(seconds: number, rate: number, random: Random): Float32Array {
  const frequency = between(random, 2600, 3600);
  const beep = between(random, 0.08, 0.6);
  const inThrees = random.uniform() < 0.6;
  const phase = between(random, 0, 3);
  const harmonics = [1, between(random, 0, 0.3), between(random, 0.05, 0.5), between(random, 0, 0.2)];
  return track(seconds, rate).map((_, i) => {
    const time = i / rate + phase;
    const inCycle = inThrees ? time % (8 * beep) : time % (2 * beep);
    if (inCycle >= 6 * beep || inCycle % (2 * beep) >= beep) return 0;
    const inBeep = inCycle % (2 * beep);
    return tone(2 * Math.PI * frequency * time, harmonics) * Math.min(1, inBeep / 0.004, (beep - inBeep) / 0.004);
  });
}

/** Fire alarm: an intermittent buzz, two alternating tones, or a slow rising sweep. */
export function fireAlarm(seconds: number, rate: number, random: Random): Float32Array {
  const low = between(random, 400, 1000);
  const high = low * between(random, 1.1, 2.2);
  const kind = random.integer(3);
  const period = kind === 2 ? between(random, 0.8, 3.5) : between(random, 0.25, 1.2);
  const harmonics = Array.from({ length: 9 }, (_, n) => between(random, 0.2, 1) / (1 + 0.5 * n));
  let phase = 0;
  return track(seconds, rate).map((_, i) => {
    const turn = ((i / rate) % period) / period;
    const frequency = kind === 0 ? low : kind === 1 ? (turn < 0.5 ? low : high) : low * (high / low) ** turn;
    phase += (2 * Math.PI * frequency) / rate;
    return (kind === 0 && turn > 0.6 ? 0 : 1) * tone(phase, harmonics);
  });
}

/** Vehicle siren with distortion: wail, yelp or two alternating tones. */
export function siren(seconds: number, rate: number, random: Random): Float32Array {
  const low = between(random, 350, 800);
  const high = low * between(random, 1.3, 2.6);
  const kind = random.integer(3);
  const period = [between(random, 2, 7), between(random, 0.2, 0.7), between(random, 0.8, 1.6)][kind] ?? 2;
  const drive = between(random, 0.8, 4);
  const start = between(random, 0, period);
  let phase = 0;
  return track(seconds, rate).map((_, i) => {
    const turn = ((i / rate + start) % period) / period;
    const sweep = kind === 2 ? (turn < 0.5 ? 0 : 1) : 0.5 - 0.5 * Math.cos(2 * Math.PI * turn);
    phase += (2 * Math.PI * low * (high / low) ** sweep) / rate;
    return Math.tanh(drive * Math.sin(phase) + 0.3 * drive * Math.sin(2 * phase + 0.6));
  });
}

/** Intermittent beeps of a machine, with constant or changing pitch. */
export function beeps(seconds: number, rate: number, random: Random): Float32Array {
  const frequency = between(random, 350, 3500);
  const on = between(random, 0.05, 0.5);
  const period = on + between(random, 0.05, 1);
  const harmonics = [1, random.uniform() * 0.2, random.uniform() * 0.2];
  const rising = random.uniform() < 0.4 ? between(random, 0.9, 1.15) : 1;
  return track(seconds, rate).map((_, i) => {
    const time = i / rate;
    const turn = Math.floor(time / period);
    const within = time - turn * period;
    if (within > on) return 0;
    const ramp = Math.min(1, within / 0.003, (on - within) / 0.003);
    return ramp * tone(2 * Math.PI * frequency * rising ** (turn % 8) * time, harmonics);
  });
}

/** A steady pure tone. */
export function sineWave(seconds: number, rate: number, random: Random): Float32Array {
  const frequency = 120 * 2 ** (5.5 * random.uniform());
  return track(seconds, rate).map((_, i) => Math.sin((2 * Math.PI * frequency * i) / rate));
}

function tone(phase: number, harmonics: readonly number[]): number {
  return harmonics.reduce((sum, level, n) => sum + level * Math.sin((n + 1) * phase), 0);
}
