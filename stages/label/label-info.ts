import { z } from 'zod';
import { modelSchema, uncoveredSchema } from '../../core/schemas/events.js';

export const labelSchema = z.strictObject({ name: z.string().min(1), aliases: z.array(z.string().min(1)) });

/** `label.json`: what the rows of `segments.jsonl` beside it are about, and which networks stand behind them. */
export const labelInfoSchema = z.strictObject({
  schema: z.literal(1),
  device: z.string().nullable(),
  frameMode: z.enum(['all', 'keyframes']),
  durationSec: z.number().nonnegative(),
  segmentSec: z.number().positive(),
  segments: z.number().int().nonnegative(),
  labels: z.array(labelSchema),
  /** Names of the labels that have a score in each modality's rows. */
  covered: z.strictObject({ audio: z.array(z.string()), visual: z.array(z.string()) }),
  /** Labels that no loaded model can speak about, in the modalities that the file has. */
  uncovered: z.array(uncoveredSchema),
  /** Labels that nothing shows by itself, with the thing that makes them audio-visual while they are heard. */
  companions: z.array(z.strictObject({ label: z.string(), seenAs: z.string() })),
  /** The networks whose numbers are in the rows, with the names they have no class for. */
  sources: z.array(
    z.strictObject({
      model: modelSchema,
      modality: z.enum(['audio', 'visual']),
      covered: z.array(z.string()),
      unmatched: z.array(z.string()),
    }),
  ),
  /** Segments whose loudest tenth of a second lies below this are silent: nothing is heard in them. */
  silenceDbfs: z.number(),
});
export type LabelInfo = z.infer<typeof labelInfoSchema>;
