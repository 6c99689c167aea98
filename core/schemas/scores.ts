import { z } from 'zod';
import { spanShape } from './span.js';

const scoreSchema = z.strictObject({
  name: z.string().describe('Which score.'),
  value: z.number().nullable().describe('Null where the score is not applicable: `reason` says why.'),
  reason: z.string().nullable().describe('Why there is no value, in words; null where there is one.'),
  unit: z.string().describe('Of the value.'),
  range: z.string().describe('Which values there are, in words.'),
  better: z.enum(['higher', 'lower', 'neither']).describe('Which direction is better.'),
  definition: z.string().describe('What is computed.'),
  source: z.string().describe('Where the definition comes from.'),
  encoder: z
    .strictObject({
      name: z.string().describe('Name of the network.'),
      sha256: z.string().describe('Over all its files.'),
    })
    .nullable()
    .describe('The network behind the value; null where none is needed.'),
  windowSec: z
    .number()
    .positive()
    .nullable()
    .describe('Length of the pieces that are scored; null for the whole video.'),
  samples: z.number().int().nonnegative().describe('Number of pieces, frames or events behind the value.'),
  interval: z
    .tuple([z.number(), z.number()])
    .nullable()
    .describe('95 % interval over the pieces; null for a single measurement.'),
  matched: z
    .number()
    .nullable()
    .describe('What videos with their own sound get, measured on real clips; null if unmeasured.'),
  random: z.number().nullable().describe('What videos with foreign or shifted sound get; null if unmeasured.'),
});
export type Score = z.infer<typeof scoreSchema>;

export const scoresFileSchema = z.strictObject({
  schema: z.literal(1),
  scores: z.array(scoreSchema).describe('What could be computed, and what could not with its reason.'),
  faults: z
    .strictObject({
      silent: z.array(z.strictObject(spanShape)).describe('Nothing is heard.'),
      clipped: z.array(z.strictObject(spanShape)).describe('Samples stay at full scale.'),
      black: z.array(z.strictObject(spanShape)).describe('The picture is black.'),
      frozen: z.array(z.strictObject(spanShape)).describe('The picture does not change.'),
      flickering: z.array(z.strictObject(spanShape)).describe('More than three flashes within a second.'),
    })
    .describe('Stretches that a viewer would notice.'),
});
export type ScoresFile = z.infer<typeof scoresFileSchema>;
