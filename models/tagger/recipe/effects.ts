import type { Random } from '../../train/random.js';
import { TAGGER_MEL } from '../front-end.js';

/*
 * Effects that are applied to a recording before it is mixed; those that keep the length work in place. Filters after
 * Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients"; reverberation after Schroeder, "Natural
 * sounding artificial reverberation" (1962): parallel comb filters, then all-pass filters in series.
 */
const RATE = TAGGER_MEL.sampleRateHz;

type Biquad = readonly [b0: number, b1: number, b2: number, a1: number, a2: number];

/** Plays the samples `factor` times faster, by linear interpolation, which changes both pitch and duration. */
export function resample(samples: Float32Array, factor: number): Float32Array {
  const out = new Float32Array(Math.floor((samples.length - 1) / factor));
  for (let i = 0; i < out.length; i++) {
    const place = i * factor;
    const before = Math.floor(place);
    const first = samples[before] ?? 0;
    out[i] = first + (place - before) * ((samples[before + 1] ?? first) - first);
  }
  return out;
}

/** Grain length of `stretch`: short compared with a note, long compared with a period of a low voice. */
const GRAIN = Math.round(0.04 * RATE);
/** How far a grain may be moved to fit the previous one. */
const SEEK = Math.round(0.01 * RATE);

/** Changes the duration by `factor` at the same pitch: overlapping grains, each moved to where it fits best (WSOLA). */
export function stretch(samples: Float32Array, factor: number): Float32Array {
  const hop = GRAIN / 2;
  const out = new Float32Array(Math.max(0, Math.floor(samples.length * factor) - GRAIN));
  let natural = 0;
  for (let at = 0; at + GRAIN <= out.length; at += hop) {
    const wanted = Math.round(at / factor);
    const from = at === 0 ? 0 : bestFit(samples, natural, wanted);
    for (let i = 0; i < GRAIN; i++)
      out[at + i] = (out[at + i] ?? 0) + (samples[from + i] ?? 0) * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / GRAIN));
    natural = from + hop;
  }
  return out;
}

/**
 * The position near `wanted` at which the sound resembles most that at `natural`, where the previous grain would
 * continue. Only every fourth position and every eighth sample are compared.
 */
function bestFit(samples: Float32Array, natural: number, wanted: number): number {
  let [best, highest] = [wanted, -Infinity];
  for (let from = Math.max(0, wanted - SEEK); from <= wanted + SEEK; from += 4) {
    let likeness = 0;
    for (let i = 0; i < GRAIN / 2; i += 8) likeness += (samples[from + i] ?? 0) * (samples[natural + i] ?? 0);
    if (likeness > highest) [best, highest] = [from, likeness];
  }
  return best;
}

export function runBiquad(samples: Float32Array, [b0, b1, b2, a1, a2]: Biquad): void {
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  for (let i = 0; i < samples.length; i++) {
    const x = samples[i] ?? 0;
    const y = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2;
    x2 = x1;
    x1 = x;
    y2 = y1;
    y1 = y;
    samples[i] = y;
  }
}

/** Coefficients of a low-pass, high-pass or band-pass filter; the band-pass has 0 dB at its centre. */
export function passBand(kind: 'low-pass' | 'high-pass' | 'band-pass', frequencyHz: number, q = Math.SQRT1_2): Biquad {
  const omega = (2 * Math.PI * Math.min(frequencyHz, 0.49 * RATE)) / RATE;
  const [cosine, alpha] = [Math.cos(omega), Math.sin(omega) / (2 * q)];
  const a0 = 1 + alpha;
  const back = [(-2 * cosine) / a0, (1 - alpha) / a0] as const;
  if (kind === 'band-pass') return [alpha / a0, 0, -alpha / a0, ...back];
  const edge = kind === 'low-pass' ? 1 - cosine : 1 + cosine;
  const middle = kind === 'low-pass' ? edge : -edge;
  return [edge / 2 / a0, middle / a0, edge / 2 / a0, ...back];
}

/** Coefficients of a peaking equaliser. */
export function peak(frequencyHz: number, gainDb: number, q: number): Biquad {
  const omega = (2 * Math.PI * Math.min(frequencyHz, 0.49 * RATE)) / RATE;
  const amplitude = 10 ** (gainDb / 40);
  const [cosine, alpha] = [Math.cos(omega), Math.sin(omega) / (2 * q)];
  const a0 = 1 + alpha / amplitude;
  const turn = (-2 * cosine) / a0;
  return [(1 + alpha * amplitude) / a0, turn, (1 - alpha * amplitude) / a0, turn, (1 - alpha / amplitude) / a0];
}

/**
 * Applies one to three broad peaks of up to ±9 dB, and sometimes a low-pass or high-pass, as of a telephone or a wall.
 */
export function equalise(samples: Float32Array, random: Random): void {
  const bends = 1 + random.integer(3);
  for (let bend = 0; bend < bends; bend++)
    runBiquad(samples, peak(60 * 2 ** (7.5 * random.uniform()), 18 * random.uniform() - 9, 0.5 + random.uniform()));
  if (random.uniform() < 0.15) runBiquad(samples, passBand('low-pass', 2500 + 7000 * random.uniform()));
  if (random.uniform() < 0.15) runBiquad(samples, passBand('high-pass', 80 + 400 * random.uniform()));
}

/** Limits the bandwidth to that of a low bit rate and quantises logarithmically to 6 to 9 bits, as telephones do. */
export function coarsen(samples: Float32Array, random: Random): void {
  const edge = passBand('low-pass', 3400 * 2 ** (2 * random.uniform()));
  runBiquad(samples, edge);
  runBiquad(samples, edge);
  const loudest = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
  const levels = 2 ** (5 + random.integer(4));
  for (let i = 0; i < samples.length; i++) {
    const value = (samples[i] ?? 0) / loudest;
    const companded = Math.round((levels * Math.log1p(MU * Math.abs(value))) / Math.log1p(MU)) / levels;
    samples[i] = (Math.sign(value) * loudest * Math.expm1(companded * Math.log1p(MU))) / MU;
  }
}

/** Companding constant of the North American and Japanese telephone (ITU-T G.711). */
const MU = 255;

const COMBS_SEC = [0.0297, 0.0371, 0.0411, 0.0437];
const ALL_PASSES_SEC = [0.005, 0.0017];

/** Adds reverberation that decays by 60 dB in `decaySec`, with the gain `wet`; `scale` stretches all delays. */
export function reverberate(samples: Float32Array, decaySec: number, wet: number, scale: number): void {
  const room = new Float32Array(samples.length);
  for (const second of COMBS_SEC) {
    const delay = Math.round(second * scale * RATE);
    const back = 10 ** ((-3 * second * scale) / decaySec);
    const line = new Float32Array(delay);
    for (let i = 0, at = 0; i < samples.length; i++) {
      const heard = line[at] ?? 0;
      room[i] = (room[i] ?? 0) + heard;
      line[at] = (samples[i] ?? 0) + back * heard;
      if (++at === delay) at = 0;
    }
  }
  for (const second of ALL_PASSES_SEC) {
    const delay = Math.round(second * scale * RATE);
    const line = new Float32Array(delay);
    for (let i = 0, at = 0; i < room.length; i++) {
      const delayed = line[at] ?? 0;
      const fed = (room[i] ?? 0) + 0.7 * delayed;
      room[i] = delayed - 0.7 * fed;
      line[at] = fed;
      if (++at === delay) at = 0;
    }
  }
  for (let i = 0; i < samples.length; i++) samples[i] = (samples[i] ?? 0) + (wet / 4) * (room[i] ?? 0);
}

/** White, pink, low-passed or band-passed noise, chosen at random. */
export function colouredNoise(length: number, random: Random): Float32Array {
  const noise = new Float32Array(length);
  for (let i = 0; i < length; i++) noise[i] = 2 * random.uniform() - 1;
  const colour = random.integer(4);
  if (colour === 1) pink(noise);
  if (colour === 2) runBiquad(noise, passBand('low-pass', 100 * 2 ** (6 * random.uniform())));
  if (colour === 3) runBiquad(noise, passBand('band-pass', 150 * 2 ** (5 * random.uniform()), 0.4));
  return noise;
}

/**
 * Filters white noise to pink noise within half a decibel, by Paul Kellet's three poles (musicdsp.org, "Pink noise
 * filter").
 */
export function pink(noise: Float32Array): void {
  let [a, b, c] = [0, 0, 0];
  for (let i = 0; i < noise.length; i++) {
    const white = noise[i] ?? 0;
    a = 0.99765 * a + 0.099046 * white;
    b = 0.963 * b + 0.2965164 * white;
    c = 0.57 * c + 1.0526913 * white;
    noise[i] = a + b + c + 0.1848 * white;
  }
}
