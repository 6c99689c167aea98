import { readFileSync } from 'node:fs';
import { z } from 'zod';

const place = z.tuple([z.number(), z.number()]);
const truthsSchema = z.strictObject({
  note: z.string(),
  frames: z.array(
    z.strictObject({
      clip: z.string(),
      second: z.number().int(),
      half: z.enum(['choosing', 'reported']),
      faces: z.array(place).default([]),
      doubtful: z.array(place).default([]),
      points: z.record(z.string(), place).default({}),
    }),
  ),
  noLegs: z.array(z.string()),
  nobody: z.array(z.string()),
});

export const TRUTHS = truthsSchema.parse(
  JSON.parse(readFileSync(new URL('./truths.json', import.meta.url), 'utf8')) as unknown,
);
export type FrameTruth = (typeof TRUTHS.frames)[number];
export type Half = FrameTruth['half'];
