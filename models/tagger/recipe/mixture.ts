import type { Random } from '../../train/random.js';
import { CENTRE, TAGGER_MEL, WINDOW_SAMPLES } from '../front-end.js';
import { AUDIOSET, audiosetIndex } from '../audioset.js';
import { CLOSED } from '../vocabulary.js';
import { coarsen, colouredNoise, equalise, resample, reverberate, stretch } from './effects.js';
import type { SourceSound, SourceSounds } from './source-sounds.js';

const RATE = TAGGER_MEL.sampleRateHz;
const FRAME = RATE / 50;
/** A frame is active if its level is at most this far below the loudest frame of the sound. */
const SOUNDING = 10 ** (-22 / 20);
/** A sound is present in the second if this many of its active frames lie there, or half of all its active frames. */
const HEARD_FRAMES = 8;
/** A sound further below the whole mixture than this may be inaudible: the label is left to the teacher. */
const BURIED = 10 ** (-18 / 20);

/** Label of a class; UNKNOWN leaves the target to the teacher. */
export const [PRESENT, ABSENT, UNKNOWN] = [1, 0, -1];

export interface Mixture {
  readonly samples: Float32Array;
  /** Labels of all AudioSet classes for the second in the middle of the window. */
  readonly labels: Int8Array;
}

/** Probabilities of 0, 1, 2 and 3 sounds in a window. */
const COUNTS = [0.09, 0.5, 0.31, 0.1] as const;
/** Share of audible noise among the windows without a sound; the others are silent. */
const NOISE_ALONE = 0.6;
/** What noise may be taken for. */
const NOISES = ['White noise', 'Pink noise', 'Water', 'Rain', 'Ocean', 'Waves, surf', 'Fire', 'Crackle', 'Silence'];
/** Share of the mixtures that lose bandwidth and resolution, as in a telephone or a poor codec. */
const COARSE = 0.12;

/** Draws one window: sounds at random levels, each with its own effects, over noise. */
export function drawMixture(sources: SourceSounds, random: Random): Mixture {
  const labels = new Int8Array(AUDIOSET.length).fill(UNKNOWN);
  for (const name of CLOSED) labels[audiosetIndex(name)] = ABSENT;
  const samples = new Float32Array(WINDOW_SAMPLES);
  const count = pick(COUNTS, random);
  if (count === 0)
    return random.uniform() < NOISE_ALONE ? noiseAlone(samples, labels, random) : nearSilence(samples, labels, random);
  const ends = drawEnds(random);
  const layers = Array.from({ length: count }, (_, order) => {
    const source = sources.draw(random);
    const levelDb = order === 0 ? 0 : -18 * random.uniform();
    return { source, sound: placed(source, random, 10 ** (levelDb / 20), ends) };
  });
  if (random.uniform() < 0.15) {
    const source = sources.ofKind('anything', random);
    layers.push({ source, sound: placed(source, random, 10 ** ((-8 - 17 * random.uniform()) / 20), ends) });
  }
  for (const { sound } of layers) addTo(samples, sound, 1);
  const noise = random.uniform() < 0.6 ? colouredNoise(WINDOW_SAMPLES, random) : undefined;
  if (noise !== undefined) addTo(samples, noise, (10 ** ((-2 - 40 * random.uniform()) / 20) * 0.3) / rms(noise));
  silence(samples, ends);
  for (const { source, sound } of layers) label(labels, source, sound, samples);
  if (samples.every((value) => value === 0)) labels[audiosetIndex('Silence')] = PRESENT;
  if (random.uniform() < COARSE) coarsen(samples, random);
  finish(samples, random);
  return { samples, labels };
}

/** The part of the window that lies within the recording, in samples; the rest is digital silence. */
interface Ends {
  readonly from: number;
  readonly to: number;
}

/**
 * In a run, windows extend beyond both ends of the sound (`ends` of the pack): the first begins half a second before
 * it, and the last ends half a second or more after it, because the last second may be incomplete.
 */
function drawEnds(random: Random): Ends {
  const from = random.uniform() < 0.12 ? RATE / 2 : 0;
  const to = random.uniform() < 0.12 ? WINDOW_SAMPLES - RATE / 2 - random.integer(RATE * 0.8) : WINDOW_SAMPLES;
  return { from, to };
}

function silence(samples: Float32Array, { from, to }: Ends): void {
  samples.fill(0, 0, from);
  samples.fill(0, to);
}

/** A window of noise between -50 and -20 dBFS, which holds nothing that has a name apart from noise. */
function noiseAlone(samples: Float32Array, labels: Int8Array, random: Random): Mixture {
  const noise = colouredNoise(samples.length, random);
  addTo(samples, noise, 10 ** ((-50 + 30 * random.uniform()) / 20) / rms(noise));
  for (let i = 0; i < samples.length; i++) samples[i] = Math.max(-1, Math.min(1, samples[i] ?? 0));
  for (const name of NOISES) labels[audiosetIndex(name)] = UNKNOWN;
  quantise(samples);
  return { samples, labels };
}

/** A window of digital silence or of inaudible noise. */
function nearSilence(samples: Float32Array, labels: Int8Array, random: Random): Mixture {
  const level = random.uniform() < 0.3 ? 0 : 10 ** ((-60 - 30 * random.uniform()) / 20);
  if (level > 0) {
    const noise = colouredNoise(samples.length, random);
    addTo(samples, noise, level / rms(noise));
  }
  labels[audiosetIndex('Silence')] = PRESENT;
  quantise(samples);
  return { samples, labels };
}

/** Applies random effects to a source and places it in a window; `level` is the RMS of its active frames. */
function placed({ samples }: SourceSound, random: Random, level: number, ends: Ends): Float32Array {
  let sound = samples;
  if (random.uniform() < 0.6) sound = resample(sound, 2 ** (random.normal() / 4));
  if (random.uniform() < 0.12) sound = stretch(sound, 0.75 + 0.6 * random.uniform());
  const window = new Float32Array(WINDOW_SAMPLES);
  const shortest = Math.min(sound.length, WINDOW_SAMPLES);
  // At random positions where at least a part of the sound lies in the window; long sounds mostly fill the window.
  const at =
    ends.from > 0 && random.uniform() < 0.5
      ? ends.from
      : random.uniform() < 0.7
        ? Math.round((WINDOW_SAMPLES - sound.length) * random.uniform())
        : Math.round(-sound.length + shortest / 4 + (WINDOW_SAMPLES + sound.length - shortest / 2) * random.uniform());
  const cut = random.uniform() < 0.25 ? random.integer(Math.max(1, sound.length - RATE / 4)) : 0;
  const fade = Math.round(RATE * (0.002 + 0.02 * random.uniform()));
  for (let i = Math.max(cut, -at); i < sound.length && at + i < WINDOW_SAMPLES; i++) {
    const ramp = Math.min(1, (i - cut) / fade, (sound.length - i) / fade);
    window[at + i] = (sound[i] ?? 0) * ramp;
  }
  if (random.uniform() < 0.4) equalise(window, random);
  if (random.uniform() < 0.3)
    reverberate(window, 0.15 + 1.5 * random.uniform() ** 2, 0.2 + 1.2 * random.uniform(), 0.6 + 0.8 * random.uniform());
  silence(window, ends);
  const { loudest, frames } = levelsOf(window);
  const sounding = frames.filter((frame) => frame >= SOUNDING * loudest);
  const mean = Math.sqrt(sounding.reduce((sum, frame) => sum + frame * frame, 0) / Math.max(1, sounding.length));
  const gain = mean > 1e-9 ? (0.3 * level) / mean : 0;
  for (let i = 0; i < window.length; i++) window[i] = (window[i] ?? 0) * gain;
  return window;
}

function label(labels: Int8Array, { naming }: SourceSound, sound: Float32Array, mixture: Float32Array): void {
  if (naming === null) {
    labels.forEach((known, index) => (labels[index] = known === PRESENT ? PRESENT : UNKNOWN));
    return;
  }
  const { loudest, frames } = levelsOf(sound);
  const sounds = (frame: number | undefined): boolean => (frame ?? 0) >= SOUNDING * loudest && loudest > 0;
  const first = CENTRE.from / FRAME;
  const last = CENTRE.to / FRAME;
  const inside = frames.slice(first, last).filter(sounds).length;
  const all = frames.filter(sounds).length;
  const buried = rms(sound.subarray(CENTRE.from, CENTRE.to)) < BURIED * rms(mixture.subarray(CENTRE.from, CENTRE.to));
  const heard = inside > 0 && inside >= Math.min(HEARD_FRAMES, all / 2);
  for (const name of naming.is) {
    const index = audiosetIndex(name);
    if (heard && !buried) labels[index] = PRESENT;
    else if (inside > 0 && labels[index] !== PRESENT) labels[index] = UNKNOWN;
  }
  for (const name of naming.perhaps ?? []) {
    const index = audiosetIndex(name);
    if (labels[index] !== PRESENT) labels[index] = UNKNOWN;
  }
}

/** Scales the mixture to a random peak level and quantises it to 16 bits. */
function finish(samples: Float32Array, random: Random): void {
  const loudest = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
  const gain = 10 ** ((-40 * random.uniform() ** 1.5) / 20) / loudest;
  for (let i = 0; i < samples.length; i++) samples[i] = gain * (samples[i] ?? 0);
  quantise(samples);
}

function quantise(samples: Float32Array): void {
  for (let i = 0; i < samples.length; i++) samples[i] = Math.round(32767 * (samples[i] ?? 0)) / 32768;
}

function addTo(samples: Float32Array, sound: Float32Array, gain: number): void {
  for (let i = 0; i < samples.length; i++) samples[i] = (samples[i] ?? 0) + gain * (sound[i] ?? 0);
}

function rms(samples: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += (samples[i] ?? 0) ** 2;
  return Math.sqrt(sum / Math.max(1, samples.length)) + 1e-12;
}

function levelsOf(samples: Float32Array): { readonly loudest: number; readonly frames: number[] } {
  const frames = Array.from({ length: Math.floor(samples.length / FRAME) }, (_, frame) =>
    rms(samples.subarray(frame * FRAME, (frame + 1) * FRAME)),
  );
  const loudest = frames.reduce((most, frame) => Math.max(most, frame), 0);
  return { loudest: loudest < 1e-7 ? 0 : loudest, frames };
}

/** Draws an index with the given probabilities. */
function pick(shares: readonly number[], random: Random): number {
  let place = random.uniform();
  return Math.max(
    0,
    shares.findIndex((share) => (place -= share) < 0),
  );
}
