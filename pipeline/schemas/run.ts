import { z } from 'zod';

export const indexRowSchema = z.strictObject({
  schema: z.literal(1),
  input: z.string(),
  /** Content hash of the input (first 16 hex digits of its SHA-256) or of the path where it could not be read. */
  id: z.string(),
  status: z.enum(['done', 'failed', 'skipped']),
  error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
  durationSec: z.number().nonnegative().nullable(),
  /** Paths below the output folder. */
  outputs: z.array(z.string()),
});
export type IndexRow = z.infer<typeof indexRowSchema>;

export const summaryFileSchema = z.strictObject({
  schema: z.literal(1),
  earsight: z.string(),
  startedAt: z.string(),
  wallSec: z.number().nonnegative(),
  counts: z.strictObject({ done: z.number().int(), failed: z.number().int(), skipped: z.number().int() }),
  mediaSec: z.number().nonnegative(),
  device: z.string().nullable(),
  packs: z.array(z.string()),
  frameMode: z.enum(['all', 'keyframes']),
  /** Achieved items/s over the bare session's items/s at the same batch; null when nothing was inferred. */
  speedOfLight: z.strictObject({ achievedPerSec: z.number(), barePerSec: z.number(), ratio: z.number() }).nullable(),
  eventsPerLabel: z.record(z.string(), z.number().int()),
  failuresPerCode: z.record(z.string(), z.number().int()),
});
export type SummaryFile = z.infer<typeof summaryFileSchema>;
