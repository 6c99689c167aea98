import { colouredNoise } from '../../models/tagger/recipe/effects.js';
import { SPEECH } from '../../models/tagger/recipe/sound-files.js';
import { Random } from '../../models/train/random.js';
import { ownNames, type Clip, type Count, type HeardClip } from './clips.js';
import type { Heard, Listener } from './listener.js';

/** Pieces of speech that are told apart, in seconds. */
const PIECE_SEC = 3;
const SILENCES = 40;

export interface SpeechCounts {
  readonly silence: Count;
  /** By ESC-10 kind. */
  readonly kinds: Readonly<Record<string, Count>>;
}

/** Speech that did not train, in pieces, as heard. */
export async function hearSpeech(clips: readonly Clip[], listener: Listener): Promise<Heard[]> {
  const rate = listener.sampleRateHz;
  const pieces = clips.flatMap(({ kind, sound, speechSec }) => {
    const spans = kind === SPEECH ? [[0, sound.length / rate] as const] : (speechSec ?? []);
    return spans.flatMap(([from, to]) =>
      Array.from({ length: Math.floor((to - from) / PIECE_SEC) }, (_, n) =>
        sound.subarray((from + n * PIECE_SEC) * rate, (from + (n + 1) * PIECE_SEC) * rate),
      ),
    );
  });
  const heard: Heard[] = [];
  for (const piece of pieces) heard.push(await listener.listen(piece.slice()));
  return heard;
}

/**
 * Against silence (digital, and noise below -60 dB): Speech from 0.5 on, or not. Against a kind: which of the two names
 * has the higher best segment, over the pieces of speech and the kind's clips.
 */
export async function speechCounts(
  speech: readonly Heard[],
  clips: readonly HeardClip[],
  listener: Listener,
): Promise<SpeechCounts> {
  let quiet = 0;
  for (let n = 0; n < SILENCES; n++) {
    const noise = colouredNoise(PIECE_SEC * listener.sampleRateHz, new Random(11, n, 0));
    const level = n % 4 === 0 ? 0 : 10 ** ((-60 - n / 2) / 20);
    const heard = await listener.listen(noise.map((value) => level * value));
    if (heard.best(['Speech']) < 0) quiet++;
  }
  const spoken = speech.filter((heard) => heard.best(['Speech']) >= 0).length;
  const own = clips.filter(({ path }) => path.startsWith('audio/esc10/'));
  const kinds = [...new Set(own.map(({ kind }) => kind))].map((kind) => {
    const of = own.filter((clip) => clip.kind === kind);
    const over = (heard: Heard): boolean => heard.best(['Speech']) > heard.best(ownNames(kind));
    const right = speech.filter(over).length + of.filter(({ heard }) => !over(heard)).length;
    return [kind, { right, of: speech.length + of.length }] as const;
  });
  return { silence: { right: spoken + quiet, of: speech.length + SILENCES }, kinds: Object.fromEntries(kinds) };
}
