import { z } from 'zod';

export const modalitySchema = z.enum(['audio', 'visual', 'audio-visual']);
export type Modality = z.infer<typeof modalitySchema>;

/** Which network, of which file contents, stands behind the numbers. */
export const modelSchema = z.strictObject({
  pack: z.string(),
  name: z.string(),
  role: z.string(),
  licence: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

export const eventSchema = z.strictObject({
  modality: modalitySchema,
  label: z.string(),
  startSec: z.number().nonnegative(),
  endSec: z.number().nonnegative(),
  /** Mean segment score over the event, 0 to 1; audio-visual: of the product of the two rows. */
  confidence: z.number().min(0).max(1),
  /**
   * Of an audio-visual event whose label nothing shows by itself: what is seen while it is heard. Speech with a person in
   * the picture; that this person is the one who speaks is not said.
   */
  seenAs: z.string().exactOptional(),
});
export type VideoEvent = z.infer<typeof eventSchema>;

/** A label that no loaded model can speak about in a modality: unknown is not the same as absent. */
export const uncoveredSchema = z.strictObject({ label: z.string(), modality: z.enum(['audio', 'visual']) });

export const eventsFileSchema = z.strictObject({
  schema: z.literal(1),
  source: z.strictObject({ path: z.string(), sha256: z.string(), bytes: z.number().int(), durationSec: z.number() }),
  grid: z.strictObject({ segmentSec: z.number().positive(), count: z.number().int().nonnegative() }),
  frameMode: z.enum(['all', 'keyframes']),
  device: z.string().nullable(),
  labels: z.array(z.string()),
  uncovered: z.array(uncoveredSchema),
  models: z.array(modelSchema),
  events: z.array(eventSchema),
  warnings: z.array(z.string()),
});
export type EventsFile = z.infer<typeof eventsFileSchema>;

/** One line of `segments.jsonl`: every covered label's score in one modality of one segment. */
export const segmentRowSchema = z.strictObject({
  schema: z.literal(1),
  index: z.number().int().nonnegative(),
  startSec: z.number().nonnegative(),
  endSec: z.number().nonnegative(),
  modality: modalitySchema,
  scores: z.record(z.string(), z.number().min(0).max(1)),
});
export type SegmentRow = z.infer<typeof segmentRowSchema>;
