import { join } from 'node:path';
import { decodeSound } from '../../models/tagger/recipe/decode.js';
import { soundFiles } from '../../models/tagger/recipe/sound-files.js';
import type { SoundFile } from '../../models/tagger/recipe/sound-files.js';
import { RECORDED } from '../../models/tagger/vocabulary.js';
import { SYNTHESISED } from '../../models/tagger/synthesis/sounds.js';
import { Random } from '../../models/train/random.js';
import type { Heard, Listener } from './listener.js';

/** A clip that was not used for training, with the tagger's scores. */
export interface HeardClip extends SoundFile {
  readonly seconds: number;
  readonly heard: Heard;
}

export interface Clip extends SoundFile {
  readonly sound: Float32Array;
}

/** Decodes the sound files of the report split, without the recordings that a table names (`group`): those are hundreds. */
export async function clipsFor(media: string, rate: number): Promise<Clip[]> {
  const clips: Clip[] = [];
  for (const file of await soundFiles(media))
    if (file.use === 'report' && file.group === undefined)
      clips.push({ ...file, sound: await decodeSound(join(media, file.path), rate) });
  return clips.filter(({ sound }) => sound.length > rate / 10);
}

/** Number of clips per synthesised kind, and their length. */
const DRAWS = 8;
const DRAW_SEC = 4;
/** Random streams of training have two seed numbers; these have three, so that they never coincide. */
const UNUSED_SEED = 13;

/** Synthesised clips that were never used for training. */
export function synthesisedClips(rate: number): Clip[] {
  return Object.entries(SYNTHESISED).flatMap(([kind, { make }], at) =>
    Array.from({ length: DRAWS }, (_, draw): Clip => {
      const sound = make(DRAW_SEC, rate, new Random(UNUSED_SEED, at, draw));
      const loudest = sound.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
      return {
        path: `synthesis/${kind}/${draw}`,
        kind,
        use: 'report',
        sound: sound.map((value) => value / (2 * loudest)),
      };
    }),
  );
}

export async function hearAll(clips: readonly Clip[], listener: Listener): Promise<HeardClip[]> {
  const all: HeardClip[] = [];
  for (const { sound, ...clip } of clips)
    all.push({ ...clip, seconds: sound.length / listener.sampleRateHz, heard: await listener.listen(sound) });
  return all;
}

/** The classes that only this kind of sound has, which distinguish it from the other kinds. */
export function ownNames(kind: string): readonly string[] {
  return (RECORDED[kind]?.is ?? []).filter(
    (name) => Object.values(RECORDED).filter((naming) => naming.is.includes(name)).length === 1,
  );
}

export interface Count {
  readonly right: number;
  readonly of: number;
}

export const percent = ({ right, of }: Count): string => `${((100 * right) / Math.max(1, of)).toFixed(1)} %`;
