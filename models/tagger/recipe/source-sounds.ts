import type { Random } from '../../train/random.js';
import { WINDOW_SEC, TAGGER_MEL } from '../front-end.js';
import { SYNTHESISED } from '../synthesis/sounds.js';
import { CLOSED, RECORDED } from '../vocabulary.js';
import type { NamingRule } from '../vocabulary.js';
import type { Collection, Recording } from './collection.js';
import { ANYTHING, NAMED, SPEECH } from './sound-files.js';

/** A sound to be mixed, before effects are applied. */
export interface SourceSound {
  readonly samples: Float32Array;
  /** Null if the teacher provides the labels. */
  readonly naming: NamingRule | null;
}

/**
 * How often other kinds are drawn relative to a recorded kind (1). Instruments get more, because they resemble each
 * other and are harder to tell apart.
 */
const INSTRUMENT_SHARE = 2.5;
const SPEECH_SHARE = 2;
const ANYTHING_SHARE = 6;
const SYNTHESISED_SHARE = 0.6;
/** Share of a name of the named recordings, times the square root of how many recordings it is the rarest name of. */
const NAMED_SHARE = 0.2;

/** Maximum length of a drawn sound: longer than a window, so that the sound may begin before it. */
const LONGEST_SEC = 1.5 * WINDOW_SEC;

/** Draws a kind of sound according to the shares, then a recording of the kind, then a segment of it. */
export class SourceSounds {
  private readonly kinds: { readonly kind: string; readonly upTo: number }[] = [];
  private readonly recordings = new Map<string, Recording[]>();
  private readonly samples: Int16Array;

  constructor({ recordings, samples }: Pick<Collection, 'recordings' | 'samples'>) {
    this.samples = samples;
    const counts = new Map<string, number>();
    for (const { names = [] } of recordings) for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    for (const recording of recordings) {
      const kind = recording.kind === NAMED ? `${NAMED} ${rarest(recording, counts)}` : recording.kind;
      const known = this.recordings.get(kind);
      if (known === undefined) this.recordings.set(kind, [recording]);
      else known.push(recording);
    }
    let upTo = 0;
    const add = (kind: string, share: number): void => {
      upTo += share;
      this.kinds.push({ kind, upTo });
    };
    for (const [kind, of] of this.recordings) add(kind, shareOf(kind, of.length));
    for (const kind of Object.keys(SYNTHESISED)) add(kind, SYNTHESISED_SHARE);
  }

  draw(random: Random): SourceSound {
    const place = random.uniform() * (this.kinds.at(-1)?.upTo ?? 0);
    return this.ofKind(this.kinds.find(({ upTo }) => place < upTo)?.kind ?? ANYTHING, random);
  }

  ofKind(kind: string, random: Random): SourceSound {
    const synthesised = SYNTHESISED[kind];
    if (synthesised !== undefined) {
      const seconds = LONGEST_SEC * (random.uniform() < 0.6 ? 1 : 0.2 + 0.8 * random.uniform());
      return { samples: synthesised.make(seconds, TAGGER_MEL.sampleRateHz, random), naming: synthesised.naming };
    }
    const recordings = this.recordings.get(kind) ?? [];
    const recording = recordings[random.integer(recordings.length)];
    if (recording === undefined) return { samples: new Float32Array(1), naming: null };
    return { samples: this.stretch(recording, random), naming: namingOf(recording) };
  }

  private stretch(recording: Recording, random: Random): Float32Array {
    const longest = Math.round(LONGEST_SEC * TAGGER_MEL.sampleRateHz);
    const room = Math.max(0, recording.length - longest);
    // The beginning is drawn more often, because many sounds are recognised by their onset.
    const from = random.uniform() < 0.25 ? 0 : random.integer(room + 1);
    const length = Math.min(recording.length, longest);
    const samples = this.samples.subarray(recording.start + from, recording.start + from + length);
    const stretch = new Float32Array(length);
    for (let i = 0; i < length; i++) stretch[i] = (samples[i] ?? 0) / 32768;
    return stretch;
  }
}

/** Null if the teacher alone labels the recording; a recording with names may hold any other class too. */
function namingOf({ kind, names }: Recording): NamingRule | null {
  if (names !== undefined && names.length > 0) return { is: names, perhaps: CLOSED };
  return kind === SPEECH ? { is: ['Speech'], perhaps: EVERYTHING_BESIDE_SPEECH } : (RECORDED[kind] ?? null);
}

/** The name of a recording that the fewest recordings have. */
function rarest({ names = [] }: Recording, counts: ReadonlyMap<string, number>): string {
  return names.toSorted((a, b) => (counts.get(a) ?? 0) - (counts.get(b) ?? 0))[0] ?? '';
}

function shareOf(kind: string, recordings: number): number {
  if (kind.startsWith(NAMED)) return NAMED_SHARE * Math.sqrt(recordings);
  if (kind === SPEECH) return SPEECH_SHARE;
  if (kind === ANYTHING) return ANYTHING_SHARE;
  return RECORDED[kind]?.is.includes('Musical instrument') === true ? INSTRUMENT_SHARE : 1;
}

/** Classes that may be present in addition to speech, because the film has music under its speech. */
const EVERYTHING_BESIDE_SPEECH: NamingRule['is'] = ['Musical instrument', 'Percussion', 'Drum', 'Guitar'];
