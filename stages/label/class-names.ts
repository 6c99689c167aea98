/**
 * The form in which class names are compared: lower case, accents kept, every run of punctuation or space replaced by one
 * space. ImageNet's `chain_saw` then equals `Chain-saw` in a label list.
 */
export function normaliseName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, ' ')
    .trim();
}

/**
 * The synonyms inside a display name, as in AudioSet's `Violin, fiddle`. A name with brackets has none, because there the
 * commas separate examples (`Roaring cats (lions, tigers)`).
 */
function synonymsOf(className: string): readonly string[] {
  if (/[()]/.test(className) || !className.includes(',')) return [];
  return className.split(',').map(normaliseName);
}

/** Indices of classes by their normalised names and synonyms. */
export interface ClassIndex {
  readonly byName: ReadonlyMap<string, readonly number[]>;
  readonly bySynonym: ReadonlyMap<string, readonly number[]>;
}

export function indexClasses(classes: readonly string[]): ClassIndex {
  const byName = new Map<string, number[]>();
  const bySynonym = new Map<string, number[]>();
  const add = (map: Map<string, number[]>, name: string, index: number): void => {
    map.set(name, [...(map.get(name) ?? []), index]);
  };
  classes.forEach((className, index) => {
    add(byName, normaliseName(className), index);
    for (const synonym of new Set(synonymsOf(className))) add(bySynonym, synonym, index);
  });
  return { byName, bySynonym };
}

/**
 * Indices of the classes that match a name, ascending: classes of exactly that name after normalisation, or else classes
 * that list it as a synonym. Empty when there is none.
 */
export function matchClasses(name: string, { byName, bySynonym }: ClassIndex): readonly number[] {
  const normalised = normaliseName(name);
  return byName.get(normalised) ?? bySynonym.get(normalised) ?? [];
}
