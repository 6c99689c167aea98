import { z } from 'zod';

export const indexRowSchema = z.strictObject({
  schema: z.literal(1),
  input: z.string().describe('The path as it was given or found.'),
  id: z.string().describe('First 16 hex digits of the SHA-256 of its content; of a failed input, of its path.'),
  status: z.enum(['done', 'failed', 'skipped']).describe('`skipped`: finished by an earlier run.'),
  error: z
    .strictObject({
      code: z.string().describe('A code of docs/errors.md.'),
      message: z.string().describe('What happened, in words.'),
    })
    .nullable()
    .describe('Why it failed; null otherwise.'),
  durationSec: z
    .number()
    .nonnegative()
    .nullable()
    .describe('Length in seconds; null where it is not known, as of a failed one.'),
  warnings: z
    .strictObject({
      count: z.number().int().nonnegative().describe('How many there are.'),
      codes: z.array(z.string()).describe('Their codes (docs/errors.md), each once.'),
    })
    .describe('What is odd about it, in events.json with times and advice; none of a failed one.'),
  outputs: z.array(z.string()).describe('Its files, as paths below the output folder.'),
});
export type IndexRow = z.infer<typeof indexRowSchema>;

export const summaryFileSchema = z.strictObject({
  schema: z.literal(1),
  earsight: z.string().describe('The version.'),
  startedAt: z.string().describe('ISO 8601, UTC.'),
  wallSec: z.number().nonnegative().describe('What the run took by the clock, in seconds.'),
  counts: z
    .strictObject({
      done: z.number().int().describe('Made by this run.'),
      failed: z.number().int().describe('With a code in index.jsonl.'),
      skipped: z.number().int().describe('Finished by an earlier run.'),
    })
    .describe('Inputs.'),
  mediaSec: z.number().nonnegative().describe('Length of all inputs that did not fail, in seconds.'),
  device: z.string().nullable().describe('Where the networks ran; null where none did.'),
  packs: z.array(z.string()).describe('Names of the packs, as they were stacked.'),
  frameMode: z.enum(['all', 'keyframes']).describe('As `--frames` said.'),
  speedOfLight: z
    .strictObject({
      achievedPerSec: z.number().describe('Items (pictures, windows of sound) a second while there was work.'),
      barePerSec: z.number().describe("The same if the networks' threads did nothing but run networks."),
      ratio: z.number().describe('The first over the second.'),
    })
    .nullable()
    .describe('How close the run came to its networks alone; null when nothing was inferred here.'),
  eventsPerLabel: z.record(z.string(), z.number().int()).describe('Events of all videos, by label.'),
  failuresPerCode: z.record(z.string(), z.number().int()).describe('Failed inputs, by error code.'),
  warningsPerCode: z.record(z.string(), z.number().int()).describe('Inputs with a warning of this code.'),
});
export type SummaryFile = z.infer<typeof summaryFileSchema>;
