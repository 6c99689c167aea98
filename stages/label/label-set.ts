import { readFile } from 'node:fs/promises';
import { EarsightError, toEarsightError } from '../../pipeline/errors.js';
import { normaliseName } from './class-names.js';

/** One thing to listen and look for: the name that is reported, and other names for the same thing. */
export interface Label {
  readonly name: string;
  readonly aliases: readonly string[];
}

/**
 * The default set: the 25 classes of LLP in the data set's own order (methods.md A.1), by the AudioSet display names
 * they were drawn from.
 */
export const LLP_LABELS: readonly Label[] = [
  'Speech',
  'Car',
  'Cheering',
  'Dog',
  'Cat',
  'Frying (food)',
  'Basketball bounce',
  'Fire alarm',
  'Chainsaw',
  'Cello',
  'Banjo',
  'Singing',
  'Chicken, rooster',
  'Violin, fiddle',
  'Vacuum cleaner',
  'Baby laughter',
  'Accordion',
  'Lawn mower',
  'Motorcycle',
  'Helicopter',
  'Acoustic guitar',
  'Telephone bell ringing',
  'Baby cry, infant cry',
  'Blender',
  'Clapping',
].map((name) => ({ name, aliases: [] }));

/** All the names of a label, its own first. */
export function namesOf(label: Label): readonly string[] {
  return [label.name, ...label.aliases];
}

/**
 * Reads a label list: one label a line, aliases after bars (`Dog|Bark`), commas belong to names, lines that begin with
 * `#` are comments. Byte-order marks and CRLF are survived.
 * @throws EarsightError EARSIGHT_LABELS_INVALID naming the line: an empty list or name, or a name that comes twice.
 */
export function parseLabelList(text: string, path: string): readonly Label[] {
  const labels: Label[] = [];
  const seen = new Map<string, number>();
  text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .forEach((raw, index) => {
      const line = index + 1;
      const content = raw.trim();
      if (content === '' || content.startsWith('#')) return;
      const names = content.split('|').map((name) => name.trim());
      for (const name of names) {
        const key = normaliseName(name);
        if (key === '') throw invalid(path, `line ${line} has an empty name`);
        const before = seen.get(key);
        if (before !== undefined) throw invalid(path, `"${name}" on line ${line} is already on line ${before}`);
        seen.set(key, line);
      }
      const [name = '', ...aliases] = names;
      labels.push({ name, aliases });
    });
  if (labels.length === 0) throw invalid(path, 'it holds no label');
  return labels;
}

/** @throws EarsightError EARSIGHT_INPUT_MISSING, EARSIGHT_INPUT_UNREADABLE or EARSIGHT_LABELS_INVALID. */
export async function readLabelList(path: string): Promise<readonly Label[]> {
  const bytes = await readFile(path).catch((thrown: unknown) => {
    throw toEarsightError(thrown, path);
  });
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalid(path, 'it is not UTF-8 text');
  }
  return parseLabelList(text, path);
}

function invalid(path: string, reason: string): EarsightError {
  return new EarsightError('EARSIGHT_LABELS_INVALID', { path, reason });
}
