import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { indexClasses, matchClasses, type ClassIndex } from './class-names.js';

/** The class lists that tagging networks are trained on and that the mapping covers. */
export type Taxonomy = 'audioset' | 'imagenet' | 'coco';

const mappingSchema = z.strictObject({
  schema: z.literal(1),
  labels: z.record(
    z.string(),
    z.strictObject({
      audioset: z.array(z.string()),
      imagenet: z.array(z.string()),
      coco: z.array(z.string()),
      /**
       * COCO classes that make the label audio-visual while it is heard. They are no evidence by themselves: a person in
       * the picture need not speak.
       */
      withSound: z.array(z.string()).default([]),
      /** Why an obvious class is included or left out. */
      note: z.string().optional(),
    }),
  ),
});

/** `mapping/llp.json`: for every LLP class the AudioSet, ImageNet and COCO classes that are evidence for it. */
export const LLP_MAPPING = mappingSchema.parse(
  JSON.parse(readFileSync(new URL('./mapping/llp.json', import.meta.url), 'utf8')),
).labels;

/**
 * Indices of the classes that the mapping lists for an LLP class of this name (`Dog`, or `violin` for `Violin, fiddle`);
 * empty when the name is not an LLP class or the network has no such class.
 */
export function mappedClasses(name: string, taxonomy: Taxonomy, classes: ClassIndex): readonly number[] {
  return (entryOf(name)?.[taxonomy] ?? []).flatMap((className) => matchClasses(className, classes));
}

/** Names of the COCO classes that make an LLP class audio-visual while it is heard. */
export function classesWithSound(name: string): readonly string[] {
  return entryOf(name)?.withSound ?? [];
}

const entries = Object.values(LLP_MAPPING);
const entriesByName = indexClasses(Object.keys(LLP_MAPPING));

function entryOf(name: string): (typeof LLP_MAPPING)[string] | undefined {
  const [place] = matchClasses(name, entriesByName);
  return place === undefined ? undefined : entries[place];
}
