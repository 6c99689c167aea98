import { readFileSync } from 'node:fs';

/**
 * The display names of all AudioSet classes in the order of the teacher's scores. The tagger is trained on all of them;
 * the names that it offers are chosen afterwards, by what it can be shown to know.
 */
export const AUDIOSET: readonly string[] = readFileSync(new URL('./audioset-names.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((name) => name !== '');

const INDICES = new Map(AUDIOSET.map((name, index) => [name, index]));

/** Position of a class in `AUDIOSET`. @throws RangeError for a name that AudioSet does not have */
export function audiosetIndex(name: string): number {
  const index = INDICES.get(name);
  if (index === undefined) throw new RangeError(`AudioSet has no class ${name}`);
  return index;
}
