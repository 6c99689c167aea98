/**
 * A class name in the form in which names are compared: lower case, accents kept, every run of punctuation or space one
 * blank. AudioSet's `Baby cry, infant cry`, ImageNet's `chain_saw` and a person's `Chain-saw` then meet their like.
 */
export function normaliseName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, ' ')
    .trim();
}

/**
 * The synonyms inside a display name: AudioSet writes `Violin, fiddle` where either word would do. Names with brackets
 * are left whole, for there the comma lists examples (`Roaring cats (lions, tigers)`).
 */
export function synonymsOf(className: string): readonly string[] {
  if (/[()]/.test(className) || !className.includes(',')) return [];
  return className.split(',').map(normaliseName);
}

/** Indices of classes by the names that mean them. */
export interface ClassIndex {
  readonly byName: ReadonlyMap<string, readonly number[]>;
  readonly bySynonym: ReadonlyMap<string, readonly number[]>;
}

export function indexClasses(classes: readonly string[]): ClassIndex {
  const byName = new Map<string, number[]>();
  const bySynonym = new Map<string, number[]>();
  const note = (map: Map<string, number[]>, name: string, index: number): void => {
    map.set(name, [...(map.get(name) ?? []), index]);
  };
  classes.forEach((className, index) => {
    note(byName, normaliseName(className), index);
    for (const synonym of new Set(synonymsOf(className))) note(bySynonym, synonym, index);
  });
  return { byName, bySynonym };
}

/**
 * Indices of the classes that a name means, ascending: those of that very name after normalisation, or else those that
 * list it as a synonym. Empty when there is none.
 */
export function matchClasses(name: string, { byName, bySynonym }: ClassIndex): readonly number[] {
  const wanted = normaliseName(name);
  return byName.get(wanted) ?? bySynonym.get(wanted) ?? [];
}
