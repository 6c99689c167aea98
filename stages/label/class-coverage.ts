import { indexClasses, matchClasses } from './class-names.js';
import { namesOf, type Label } from './label-set.js';
import { mappedClasses, type Taxonomy } from './llp-mapping.js';

/** The classes of one tagging network that are evidence for each label of a list. */
interface ClassCoverage {
  /** For every label the indices of its classes, ascending; empty when the network has none. */
  readonly classesOf: readonly (readonly number[])[];
  /** Names and aliases that the network has no class for. */
  readonly unmatched: readonly string[];
}

/**
 * Finds the classes of each label. A name stands for the classes of that name and, where it is an LLP class, also for the
 * classes that the mapping lists for it: a network for dog breeds has no class `Dog`, but its breeds are evidence for one.
 */
export function coverLabels(labels: readonly Label[], classes: readonly string[], taxonomy: Taxonomy): ClassCoverage {
  const unmatched: string[] = [];
  const classIndex = indexClasses(classes);
  const classesOf = labels.map((label) => {
    const found = new Set<number>();
    for (const name of namesOf(label)) {
      const indices = [...matchClasses(name, classIndex), ...mappedClasses(name, taxonomy, classIndex)];
      if (indices.length === 0) unmatched.push(name);
      indices.forEach((index) => found.add(index));
    }
    return [...found].sort((a, b) => a - b);
  });
  return { classesOf, unmatched };
}
