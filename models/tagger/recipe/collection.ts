import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toEarsightError } from '../../../core/errors.js';
import { TAGGER_MEL } from '../front-end.js';
import { decodeSound } from './decode.js';
import { ANYTHING, soundFiles, SPEECH } from './sound-files.js';
import type { Split } from './split.js';

/** A segment of a sound file, stored in the collection. */
export interface Recording {
  readonly path: string;
  readonly kind: string;
  readonly use: Exclude<Split, 'report'>;
  /** AudioSet classes that are certainly heard. */
  readonly names?: readonly string[];
  /** Position in the samples of the collection. */
  readonly start: number;
  readonly length: number;
}

/** All recordings that may be used for training, concatenated: mono, 16 bit, at the tagger's sample rate. */
export interface Collection {
  readonly recordings: readonly Recording[];
  /** On a SharedArrayBuffer, which all mixing threads read without copies. */
  readonly samples: Int16Array;
  /** SHA-256 of the list and the samples. */
  readonly hash: string;
}

const LIST = 'recordings.json';
const SAMPLES = 'recordings.s16';

const RATE = TAGGER_MEL.sampleRateHz;
/** Frames (10 ms) at the ends of a recording that are this far below its loudest frame count as silence. */
const SILENCE = 10 ** (-55 / 20);
const FRAME = RATE / 100;
/** Shorter segments are discarded. */
const SHORTEST = RATE / 10;

/** Decodes the training sounds of the media folder and writes them to `folder` as two files, a list and raw samples. */
export async function prepareCollection(media: string, folder: string): Promise<void> {
  const recordings: Recording[] = [];
  const parts: Int16Array[] = [];
  let end = 0;
  for (const { path, kind, use, names, speechSec = [] } of await soundFiles(media)) {
    if (use === 'report') continue;
    const sound = await decodeSound(join(media, path), RATE);
    for (const piece of piecesOf(sound, kind, speechSec)) {
      const samples = trimmed(piece.sound);
      if (samples.length < SHORTEST) continue;
      parts.push(Int16Array.from(samples, (value) => Math.max(-32768, Math.min(32767, Math.round(32767 * value)))));
      const known = names === undefined ? {} : { names };
      recordings.push({ path, kind: piece.kind, use, ...known, start: end, length: samples.length });
      end += samples.length;
    }
  }
  const all = new Int16Array(end);
  recordings.forEach(({ start }, index) => all.set(parts[index] ?? [], start));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, SAMPLES), new Uint8Array(all.buffer));
  await writeFile(join(folder, LIST), `${JSON.stringify(recordings, null, 1)}\n`);
}

export async function readCollection(folder: string): Promise<Collection> {
  try {
    const list = await readFile(join(folder, LIST));
    const bytes = await readFile(join(folder, SAMPLES));
    const shared = new SharedArrayBuffer(bytes.length);
    new Uint8Array(shared).set(bytes);
    const hash = createHash('sha256').update(list).update(bytes).digest('hex');
    return { recordings: JSON.parse(list.toString()) as Recording[], samples: new Int16Array(shared), hash };
  } catch (error) {
    throw toEarsightError(error, folder);
  }
}

interface Piece {
  readonly kind: string;
  readonly sound: Float32Array;
}

/** Splits the sound of a film scene into its spans of speech and the segments between them. */
function piecesOf(sound: Float32Array, kind: string, speechSec: readonly (readonly [number, number])[]): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const [from, to] of speechSec) {
    pieces.push({ kind: ANYTHING, sound: sound.subarray(at, Math.round(from * RATE)) });
    pieces.push({ kind: SPEECH, sound: sound.subarray(Math.round(from * RATE), Math.round(to * RATE)) });
    at = Math.round(to * RATE);
  }
  pieces.push({ kind, sound: sound.subarray(at) });
  return pieces.filter((piece) => piece.sound.length > 0);
}

/** Removes the silence at both ends. */
function trimmed(sound: Float32Array): Float32Array {
  const frames = Math.floor(sound.length / FRAME);
  const levels = Float32Array.from({ length: frames }, (_, frame) => {
    let loudest = 0;
    for (let i = frame * FRAME; i < (frame + 1) * FRAME; i++) loudest = Math.max(loudest, Math.abs(sound[i] ?? 0));
    return loudest;
  });
  const floor = SILENCE * levels.reduce((loudest, level) => Math.max(loudest, level), 0);
  const first = levels.findIndex((level) => level > floor);
  const last = levels.findLastIndex((level) => level > floor);
  return first < 0 ? new Float32Array() : sound.subarray(first * FRAME, (last + 1) * FRAME);
}
