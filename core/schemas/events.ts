import { z } from 'zod';
import { spanShape } from './span.js';
import { toldWarningSchema } from './warning.js';

const modalitySchema = z.enum(['audio', 'visual', 'audio-visual']);
export type Modality = z.infer<typeof modalitySchema>;

/** The network that produced scores, identified by the contents of its files. */
export const modelSchema = z.strictObject({
  pack: z.string().describe('Name of the pack it came with.'),
  name: z.string().describe('Name of the network.'),
  role: z.string().describe('What it is used for, as in pack.json.'),
  licence: z.string().describe('Of its weights.'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('SHA-256 over those of all its files: another one when any byte of it changes.'),
});

const eventSchema = z.strictObject({
  modality: modalitySchema.describe('Heard, seen, or both at once.'),
  label: z.string().describe('As in the label list.'),
  ...spanShape,
  confidence: z
    .number()
    .min(0)
    .max(1)
    .describe('Mean score of its segments; audio-visual: mean product of what is heard and seen.'),
  seenAs: z
    .string()
    .exactOptional()
    .describe(
      'Of an audio-visual event whose label nothing shows by itself: what is seen while it is heard. Speech with a person in the picture; that this person is the one who speaks is not said.',
    ),
});
export type VideoEvent = z.infer<typeof eventSchema>;

/** A label that no loaded network covers in a modality: its presence is unknown, which differs from absent. */
export const uncoveredSchema = z.strictObject({
  label: z.string().describe('As in the label list.'),
  modality: z.enum(['audio', 'visual']).describe('In which no network can speak about it.'),
});

export const eventsFileSchema = z.strictObject({
  schema: z.literal(1),
  source: z.strictObject({
    path: z.string().describe('Where the file lay.'),
    sha256: z.string().describe('Of its content.'),
    bytes: z.number().int().describe('Its size.'),
    durationSec: z.number().describe('End of its longest decoded stream, in seconds; not what a header says.'),
  }),
  grid: z
    .strictObject({
      segmentSec: z.number().positive().describe('Length of a segment, in seconds; the last one may differ.'),
      count: z.number().int().nonnegative().describe('Number of segments.'),
    })
    .describe('The pieces of time that are scored; events begin and end on their borders.'),
  frameMode: z
    .enum(['all', 'keyframes'])
    .describe('`keyframes`: only those were decoded, so what is seen is coarser in time.'),
  device: z.string().nullable().describe('Where the networks ran; null where none did.'),
  labels: z.array(z.string()).describe('The label list of the run.'),
  uncovered: z
    .array(uncoveredSchema)
    .describe('What no network of the packs can speak about: unknown is not the same as absent.'),
  models: z.array(modelSchema).describe('The networks behind the events.'),
  events: z.array(eventSchema).describe('In order of their beginning.'),
  warnings: z
    .array(toldWarningSchema)
    .describe('What is odd about the file or the results, in order of the stages that noticed it.'),
});
export type EventsFile = z.infer<typeof eventsFileSchema>;

/** One line of `segments.jsonl`: the scores of all covered labels in one modality of one segment. */
export const segmentRowSchema = z.strictObject({
  schema: z.literal(1),
  index: z.number().int().nonnegative().describe('Of the segment, from 0.'),
  ...spanShape,
  modality: modalitySchema.describe('A segment has a line for each.'),
  scores: z
    .record(z.string(), z.number().min(0).max(1))
    .describe(
      'By label; present from 0.5, or from what the label list says. Audio-visual: the product of the two. Uncovered labels are left out.',
    ),
});
export type SegmentRow = z.infer<typeof segmentRowSchema>;
