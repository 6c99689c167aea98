import type { Random } from '../../train/random.js';
import { addAt, between, track } from './track.js';

/** Mechanical telephone bell: a clapper between two gongs, 15 to 30 strokes per second, ringing with pauses. */
export function telephoneBell(seconds: number, rate: number, random: Random): Float32Array {
  const out = track(seconds, rate);
  const low = between(random, 600, 1700);
  const tuning = between(random, 1.05, 1.4);
  const decay = between(random, 0.15, 1.2);
  const gongs = [strike(low, decay, rate, random), strike(low * tuning, decay, rate, random)];
  const perSec = between(random, 15, 30);
  const ring = between(random, 0.6, 2.5);
  const pause = between(random, 0.4, 3);
  const phase = between(random, 0, ring + pause);
  for (let stroke = 0; stroke < seconds * perSec; stroke++) {
    const gong = gongs[stroke % 2];
    const atSec = stroke / perSec;
    if (gong === undefined || (atSec + phase) % (ring + pause) > ring) continue;
    addAt(out, gong, Math.round((atSec + between(random, 0, 0.003)) * rate), between(random, 0.7, 1));
  }
  return out;
}

/** Frequency ratios of the partials of a struck gong, the low ones as measured on bells; their levels are random. */
const RATIOS = [1, 1.52, 2, 2.74, 3.6, 4.2, 5.2, 6.7, 8.1];

function strike(frequencyHz: number, decaySec: number, rate: number, random: Random): Float32Array {
  const out = track(Math.min(1, decaySec), rate);
  for (const ratio of RATIOS) {
    const frequency = frequencyHz * ratio * between(random, 0.97, 1.03);
    if (frequency > rate / 2.2) continue;
    const level = random.uniform() / (1 + 0.2 * ratio);
    const fall = (-6.9 * (1 + 0.15 * ratio)) / decaySec;
    for (let i = 0; i < out.length; i++)
      out[i] = (out[i] ?? 0) + level * Math.exp((fall * i) / rate) * Math.sin((2 * Math.PI * frequency * i) / rate);
  }
  return out;
}

/** Electronic telephone: two or three tones in rapid alternation, ringing with pauses. */
export function electronicRinger(seconds: number, rate: number, random: Random): Float32Array {
  const tones = Array.from({ length: 2 + random.integer(2) }, () => between(random, 500, 2800));
  const perSec = between(random, 10, 32);
  const ring = between(random, 0.4, 2);
  const pause = between(random, 0.3, 3);
  const harmonic = random.uniform() * 0.6;
  let phase = 0;
  return track(seconds, rate).map((_, i) => {
    const time = i / rate;
    phase += (2 * Math.PI * (tones[Math.floor(time * perSec) % tones.length] ?? 1000)) / rate;
    if (time % (ring + pause) > ring) return 0;
    return Math.sin(phase) + harmonic * Math.sin(3 * phase) + (harmonic / 2) * Math.sin(5 * phase);
  });
}
