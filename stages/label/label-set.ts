import { readFile } from 'node:fs/promises';
import { EarsightError, toEarsightError } from '../../core/errors.js';
import { utf8Text } from '../../core/utf8-text.js';
import { normaliseName } from './class-names.js';

/** One label to detect: the name that is reported, and other names for the same thing. */
export interface Label {
  readonly name: string;
  readonly aliases: readonly string[];
}

/** A decoding rule for one label that differs from the default rule. */
interface EventRule {
  /** The score from which the label counts as present; 0.5 by default. */
  readonly on: number;
  /** Shorter events are dropped. */
  readonly minSec: number;
}

export interface ListedLabel extends Label {
  readonly rule?: EventRule | undefined;
}

/**
 * The default set: the 25 classes of LLP in the order of the data set (methods.md A.1), with the AudioSet display names that
 * they come from.
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

/** All names of a label: its own name, then the aliases. */
export function namesOf(label: Label): readonly string[] {
  return [label.name, ...label.aliases];
}

/**
 * Parses a label list: one label per line, aliases after bars (`Dog|Bark`). Commas belong to names, and lines that begin
 * with `#` are comments. A line may end with the score from which its label counts as present and the shortest duration of
 * an event: `Dog|Bark @0.7 2s`. Byte-order marks and CRLF are accepted.
 * @throws EarsightError EARSIGHT_LABELS_INVALID that names the line, for an empty list, an empty name, a duplicate name or an
 * unreadable rule.
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

/** Splits a line at its last `@` that begins a word, into the names and the rule. */
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
