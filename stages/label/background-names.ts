import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { normaliseName } from './class-names.js';
import { namesOf, type Label } from './label-set.js';

const backgroundSchema = z.strictObject({
  schema: z.literal(1),
  picture: z.array(z.string()).min(2),
  sound: z.array(z.string()).min(2),
});

const NAMES = backgroundSchema.parse(
  JSON.parse(readFileSync(new URL('./background/names.json', import.meta.url), 'utf8')),
);

/** Everyday things to compare labels with, less those that the list itself asks for. */
export function backgroundNames(kind: 'picture' | 'sound', labels: readonly Label[]): readonly string[] {
  const asked = new Set(labels.flatMap(namesOf).map(normaliseName));
  return NAMES[kind].filter((name) => !asked.has(normaliseName(name)));
}
