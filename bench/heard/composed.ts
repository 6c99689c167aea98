import { TAGGER_MEL } from '../../models/tagger/front-end.js';
import { colouredNoise } from '../../models/tagger/recipe/effects.js';
import { SYNTHESISED } from '../../models/tagger/synthesis/sounds.js';
import { Random } from '../../models/train/random.js';
import { ownNames, type Clip, type Count } from './clips.js';
import type { Listener } from './listener.js';

const RATE = TAGGER_MEL.sampleRateHz;
const TRACK_SEC = 14;
/** Synthesised kinds with a class of their own; they are drawn from seeds that training never used. */
const DRAWN: Readonly<Record<string, readonly string[]>> = {
  telephone: ['Telephone bell ringing'],
  'smoke-alarm': ['Smoke detector, smoke alarm'],
  siren: ['Siren'],
  applause: ['Applause'],
};
/** Random streams of training have two seed numbers; these have three, so that they never coincide. */
const UNUSED_SEED = 7;

interface Placed {
  readonly names: readonly string[];
  readonly startSec: number;
  readonly endSec: number;
}

export interface Onsets extends Count {
  readonly found: number;
}

/**
 * Evaluates onsets on composed tracks: two or three sounds that were not used for training, one after another at random
 * times with at least a second between them, over noise 15 to 35 dB below. An onset is right if the nearest run of
 * segments of score 0.5 or more begins within a second of it.
 */
export async function composedOnsets(clips: readonly Clip[], listener: Listener, tracks: number): Promise<Onsets> {
  const sounds = clips.filter(({ kind }) => ownNames(kind).length > 0);
  let [right, of, found] = [0, 0, 0];
  for (let number = 0; number < tracks; number++) {
    const random = new Random(UNUSED_SEED, number, 0);
    const { samples, events } = compose(sounds, random);
    const heard = await listener.listen(samples);
    for (const { names, startSec, endSec } of events) {
      const begins = Array.from({ length: heard.segments }, (_, t) => t).filter(
        (t) => heard.score(t, names) >= 0 && (t === 0 || heard.score(t - 1, names) < 0) && t <= endSec,
      );
      // A segment lasts a second: an onset anywhere inside it has no error.
      const errors = begins.map((t) => (startSec >= t ? Math.max(0, startSec - t - 1) : t - startSec));
      const error = Math.min(...errors);
      of++;
      if (begins.length > 0) found++;
      if (error <= 1) right++;
    }
  }
  return { right, of, found };
}

function compose(sounds: readonly Clip[], random: Random): { samples: Float32Array; events: Placed[] } {
  const samples = new Float32Array(TRACK_SEC * RATE);
  const events: Placed[] = [];
  let at = Math.round((0.5 + 2 * random.uniform()) * RATE);
  for (let number = 0; number < 3 && at < samples.length - 1.5 * RATE; number++) {
    const { sound, names } = draw(sounds, random);
    const part = active(sound).subarray(0, Math.round((1 + 2 * random.uniform()) * RATE));
    const level = (0.25 * 10 ** ((-12 * random.uniform()) / 20)) / loudest(part);
    const end = Math.min(samples.length, at + part.length);
    const fade = RATE / 100;
    for (let i = at; i < end; i++)
      samples[i] = level * (part[i - at] ?? 0) * Math.min(1, (i - at) / fade, (end - i) / fade);
    events.push({ names, startSec: at / RATE, endSec: end / RATE });
    at = end + Math.round((1 + 2 * random.uniform()) * RATE);
  }
  const noise = colouredNoise(samples.length, random);
  const below = (0.25 * 10 ** ((-15 - 20 * random.uniform()) / 20)) / loudest(noise);
  return { samples: samples.map((value, i) => value + below * (noise[i] ?? 0)), events };
}

function draw(sounds: readonly Clip[], random: Random): { sound: Float32Array; names: readonly string[] } {
  const drawn = Object.entries(DRAWN);
  if (random.uniform() < 0.2) {
    const [kind, names] = drawn[random.integer(drawn.length)] ?? ['', []];
    return { sound: SYNTHESISED[kind]?.make(3, RATE, random) ?? new Float32Array(1), names };
  }
  const clip = sounds[random.integer(sounds.length)];
  return { sound: clip?.sound ?? new Float32Array(1), names: clip === undefined ? [] : ownNames(clip.kind) };
}

/** The sound from its first frame (20 ms) on whose level is within 20 dB of the loudest frame. */
function active(sound: Float32Array): Float32Array {
  const frame = RATE / 50;
  const frames = Array.from({ length: Math.floor(sound.length / frame) }, (_, f) =>
    loudest(sound.subarray(f * frame, (f + 1) * frame)),
  );
  const threshold = 0.1 * Math.max(0, ...frames);
  return sound.subarray(
    Math.max(
      0,
      frames.findIndex((level) => level >= threshold),
    ) * frame,
  );
}

function loudest(samples: Float32Array): number {
  return samples.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
}
