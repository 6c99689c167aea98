import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toEarsightError } from '../../../core/errors.js';
import { RECORDED } from '../vocabulary.js';
import { splitOf, splitOfGroup } from './split.js';
import type { Split } from './split.js';

/**
 * A sound file. Its kind is a recorded kind of the vocabulary, `SPEECH`, `NAMED`, which has names of its own, or
 * `ANYTHING`, which the teacher labels.
 */
export interface SoundFile {
  /** Path relative to the media folder, with forward slashes. */
  readonly path: string;
  readonly kind: string;
  readonly use: Split;
  /** AudioSet classes that are certainly heard; others may be heard too. */
  readonly names?: readonly string[];
  /** Recordings of one take, speaker or instrument; a split keeps them together. */
  readonly group?: string;
  /** Spans with speech, in seconds, if there is a transcript; the rest of the file is of kind `ANYTHING`. */
  readonly speechSec?: readonly (readonly [from: number, to: number])[];
}

export const SPEECH = 'speech';
export const ANYTHING = 'anything';
export const NAMED = 'named';

const CLIP_FOLDERS = ['videos/vas', 'videos/misc', 'videos/vggsound', 'videos/llp', 'audio/imagebind'];
const SOUND_NAME = /\.(ogg|wav|flac|mp3|mp4)$/;
const NAMED_FOLDER = 'audio/debian';
const FILM = 'videos/vript/0J7UPHL08fU';

/** All sound files of the media folder with their kinds and splits, in a fixed order. */
export async function soundFiles(media: string): Promise<SoundFile[]> {
  const files: SoundFile[] = [];
  const add = async (folder: string, kind: string): Promise<void> => {
    for (const [index, name] of (await namesIn(join(media, folder))).entries())
      files.push({ path: `${folder}/${name}`, kind, use: splitOf(`${folder}/${name}`, index) });
  };
  for (const collection of ['audio/esc10', 'audio/instruments'])
    for (const kind of Object.keys(RECORDED).sort()) await add(`${collection}/${kind}`, kind);
  for (const folder of CLIP_FOLDERS) await add(folder, ANYTHING);
  files.push(...(await namedFiles(media)));
  files.push({ path: 'audio/jfk.flac', kind: SPEECH, use: splitOf('audio/jfk.flac', 0) });
  const spoken = await transcripts(join(media, FILM, '0J7UPHL08fU_asr.jsonl'));
  for (const [index, name] of (await namesIn(join(media, FILM))).entries()) {
    const speechSec = spoken.get(name.replace('.mp4', '')) ?? [];
    files.push({ path: `${FILM}/${name}`, kind: ANYTHING, use: splitOf(`${FILM}/${name}`, index), speechSec });
  }
  return files;
}

/** The recordings that a table lists with their names and groups; none if there is no table. */
async function namedFiles(media: string): Promise<SoundFile[]> {
  const table = await readFile(join(media, NAMED_FOLDER, 'labels.tsv'), 'utf8').catch(() => '');
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [path, labels, , , , , group] = line.split('\t');
      if (path === undefined || labels === undefined || group === undefined) return [];
      const names = labels.split('|').filter((name) => name !== '');
      const kind = names.length > 0 ? NAMED : ANYTHING;
      return [{ path: `${NAMED_FOLDER}/${path}`, kind, names, group, use: splitOfGroup(group) }];
    });
}

/** The sorted names of the sound files in a folder; empty if the folder does not exist. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => SOUND_NAME.test(name)).sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw toEarsightError(error, folder);
  }
}

/** Reads the spans with speech, in seconds, of every scene. */
async function transcripts(path: string): Promise<Map<string, [number, number][]>> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
  return new Map(
    lines.map((line) => {
      const { clip_id, scene_text } = JSON.parse(line) as {
        clip_id: string;
        scene_text: { span: [number, number] }[];
      };
      return [clip_id, scene_text.map(({ span }) => span)];
    }),
  );
}
