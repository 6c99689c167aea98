import { readFile } from 'node:fs/promises';
import { EarsightError, toEarsightError } from '../../core/errors.js';
import { utf8Text } from '../../core/utf8-text.js';
import { normaliseName } from './class-names.js';

/** One thing to listen and look for: the name that is reported, and other names for the same thing. */
export interface Label {
  readonly name: string;
  readonly aliases: readonly string[];
}

/** When a label counts as present, where that is not as for all others. */
export interface EventRule {
  /** The score from which it is; 0.5 for others. */
  readonly on: number;
  /** Shorter events are dropped. */
  readonly minSec: number;
}

export interface ListedLabel extends Label {
  readonly rule?: EventRule | undefined;
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
 * `#` are comments. A line may end with the score from which its label counts as present, and the least
 * seconds an event lasts: `Dog|Bark @0.7 2s`. Byte-order marks and CRLF are survived.
 * @throws EarsightError EARSIGHT_LABELS_INVALID naming the line: an empty list or name, a name that comes twice, a rule
 * that cannot be read.
 */
export function parseLabelList(text: string, path: string): readonly ListedLabel[] {
  const labels: ListedLabel[] = [];
  const seen = new Map<string, number>();
  text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .forEach((raw, index) => {
      const line = index + 1;
      const trimmed = raw.trim();
      if (trimmed === '' || trimmed.startsWith('#')) return;
      const { content, rule } = splitRule(trimmed);
      if (rule === 'unreadable') throw invalid(path, `line ${line} should end like "@0.7" or "@0.7 2s"`);
      const names = content.split('|').map((name) => name.trim());
      for (const name of names) {
        const key = normaliseName(name);
        if (key === '') throw invalid(path, `line ${line} has an empty name`);
        const before = seen.get(key);
        if (before !== undefined) throw invalid(path, `"${name}" on line ${line} is already on line ${before}`);
        seen.set(key, line);
      }
      const [name = '', ...aliases] = names;
      labels.push({ name, aliases, ...(rule === null ? {} : { rule }) });
    });
  if (labels.length === 0) throw invalid(path, 'it holds no label');
  return labels;
}

/** What stands before the last at sign that begins a word, and what is said behind it. */
function splitRule(line: string): { content: string; rule: EventRule | 'unreadable' | null } {
  const at = line.search(/(?:^|\s)@[^@]*$/);
  if (at < 0) return { content: line, rule: null };
  const [, on = '', minSec = '0'] = /^\s*@(\d(?:\.\d+)?)(?:\s+(\d+(?:\.\d+)?)\s*s)?$/.exec(line.slice(at)) ?? [];
  const rule = on === '' || Number(on) > 1 ? 'unreadable' : { on: Number(on), minSec: Number(minSec) };
  return { content: line.slice(0, at), rule };
}

/** @throws EarsightError EARSIGHT_INPUT_MISSING, EARSIGHT_INPUT_UNREADABLE or EARSIGHT_LABELS_INVALID. */
export async function readLabelList(path: string): Promise<readonly ListedLabel[]> {
  const bytes = await readFile(path).catch((thrown: unknown) => {
    throw toEarsightError(thrown, path);
  });
  const text = utf8Text(bytes);
  if (text === null) throw invalid(path, 'it is not UTF-8 text');
  return parseLabelList(text, path);
}

function invalid(path: string, reason: string): EarsightError {
  return new EarsightError('EARSIGHT_LABELS_INVALID', { path, reason });
}
