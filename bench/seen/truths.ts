import { readFileSync } from 'node:fs';
import { z } from 'zod';

const span = z.tuple([z.number(), z.number()]);
const truthsSchema = z.strictObject({
  note: z.string(),
  classes: z.array(z.string()),
  clips: z.record(
    z.string(),
    z.strictObject({
      there: z.record(z.string(), z.array(span)).default({}),
      doubtful: z.array(z.string()).default([]),
      skip: z.array(span).default([]),
    }),
  ),
  photos: z.record(z.string(), z.array(z.string())),
});

export const TRUTHS = truthsSchema.parse(
  JSON.parse(readFileSync(new URL('./truths.json', import.meta.url), 'utf8')) as unknown,
);

/** Whether each class is visible at this second of a clip; classes whose annotation is doubtful are left out. */
export function truthAt(clip: string, timeSec: number): ReadonlyMap<string, boolean> {
  const { there = {}, doubtful = [], skip = [] } = TRUTHS.clips[clip] ?? {};
  const within = (spans: readonly (readonly [number, number])[]): boolean =>
    spans.some(([from, to]) => timeSec >= from && timeSec < to);
  if (within(skip)) return new Map();
  const counted = TRUTHS.classes.filter((name) => !doubtful.includes(name));
  return new Map(counted.map((name) => [name, within(there[name] ?? [])]));
}

/** The annotation of a photo, which shows one class. `person` is left out, because people may be in any photo. */
export function truthOf(shown: string): ReadonlyMap<string, boolean> {
  return new Map(TRUTHS.classes.filter((name) => name !== 'person').map((name) => [name, name === shown]));
}
