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

/**
 * Indices of the classes that a name means: those of that very name after normalisation, or else those that list it as
 * a synonym. Empty when there is none.
 */
export function matchClasses(name: string, classes: readonly string[]): readonly number[] {
  const wanted = normaliseName(name);
  const exact = indicesWhere(classes, (className) => normaliseName(className) === wanted);
  return exact.length > 0 ? exact : indicesWhere(classes, (className) => synonymsOf(className).includes(wanted));
}

function indicesWhere(classes: readonly string[], test: (className: string) => boolean): number[] {
  return classes.flatMap((className, index) => (test(className) ? [index] : []));
}
