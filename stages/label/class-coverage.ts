import { indexClasses, matchClasses } from './class-names.js';
import { namesOf, type Label } from './label-set.js';
import { mappedClasses, type Taxonomy } from './llp-mapping.js';

/** Which classes of one tagging network are evidence for each label of a list. */
export interface ClassCoverage {
  /** For every label the indices of its classes, ascending; empty when the network cannot speak about it. */
  readonly classesOf: readonly (readonly number[])[];
  /** Names and aliases that the network has no class for. */
  readonly unmatched: readonly string[];
}

/**
 * A name means the classes called so, and where it is one of LLP's, also the classes that the mapping lists for it: a
 * network of dog breeds has no class `Dog` and can yet see one.
 */
export function coverLabels(labels: readonly Label[], classes: readonly string[], taxonomy: Taxonomy): ClassCoverage {
  const unmatched: string[] = [];
  const index = indexClasses(classes);
  const classesOf = labels.map((label) => {
    const found = new Set<number>();
    for (const name of namesOf(label)) {
      const indices = [...matchClasses(name, index), ...mappedClasses(name, taxonomy, index)];
      if (indices.length === 0) unmatched.push(name);
      indices.forEach((place) => found.add(place));
    }
    return [...found].sort((a, b) => a - b);
  });
  return { classesOf, unmatched };
}
