import { z } from 'zod';
import { modelSchema, uncoveredSchema } from '../../core/schemas/events.js';
import { segmentGrid, type SegmentGrid } from '../../core/segments.js';
import { fromDecimalSeconds, instant, MICROSECONDS, type Instant } from '../../core/time.js';

export const labelSchema = z.strictObject({ name: z.string().min(1), aliases: z.array(z.string().min(1)) });

/** `label.json`: the labels, grid and networks of the rows in `segments.jsonl` beside it. */
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
  /** Labels that no loaded network covers, for each modality of the file. */
  uncovered: z.array(uncoveredSchema),
  /** Labels without visual classes of their own, with the class that makes them audio-visual while they are heard. */
  companions: z.array(z.strictObject({ label: z.string(), seenAs: z.string() })),
  /** The networks whose scores are in the rows, with the names that they have no class for. */
  sources: z.array(
    z.strictObject({
      model: modelSchema,
      modality: z.enum(['audio', 'visual']),
      covered: z.array(z.string()),
      unmatched: z.array(z.string()),
    }),
  ),
  /** Segments whose loudest tenth of a second lies below this level are silent: all their audio scores are 0. */
  silenceDbfs: z.number(),
});
export type LabelInfo = z.infer<typeof labelInfoSchema>;

/** The segment grid of a video from its times in decimal seconds, so that rows and events end at the same times. */
export function gridOf({ durationSec, segmentSec }: Pick<LabelInfo, 'durationSec' | 'segmentSec'>): SegmentGrid {
  return segmentGrid(instantOf(durationSec), instantOf(segmentSec));
}

function instantOf(seconds: number): Instant {
  return fromDecimalSeconds(seconds.toFixed(6)) ?? instant(0, MICROSECONDS);
}
