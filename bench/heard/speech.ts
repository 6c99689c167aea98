import { colouredNoise } from '../../models/tagger/recipe/effects.js';
import { SPEECH } from '../../models/tagger/recipe/sound-files.js';
import { Random } from '../../models/train/random.js';
import { ownNames, type Clip, type Count, type HeardClip } from './clips.js';
import type { Heard, Listener } from './listener.js';

/** Length of the pieces of speech that are classified. */
const PIECE_SEC = 3;
const SILENCES = 40;

export interface SpeechCounts {
  readonly silence: Count;
  /** Speech against each kind of ESC-10. */
  readonly kinds: Readonly<Record<string, Count>>;
}

/** Cuts the speech of the clips into pieces and runs the tagger on them. */
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
 * Counts how often speech is told from other sounds. Against silence (digital silence and noise below -60 dB), a piece
 * is right if Speech reaches a score of 0.5 in speech and does not in silence. Against a kind of sound, a piece of
 * speech or a clip of the kind is right if its own name has the higher maximum over the segments.
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
