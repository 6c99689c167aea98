import { z } from 'zod';
import { extractParamsSchema } from '../params.js';

export const cutParamsSchema = extractParamsSchema.extend({
  /** A video that claims to be longer than this is divided into parts of about this many seconds; a very long one into longer parts. */
  shardSec: z.number().positive(),
});
export type CutParams = z.infer<typeof cutParamsSchema>;

/** `cut.json`: how the work on one video is divided. */
export const cutInfoSchema = z.strictObject({
  schema: z.literal(1),
  /** Number of parts into which later stages may divide their rows; 1 for a short video. */
  parts: z.number().int().positive(),
  /** First segment of each part of the picture, beginning with 0; empty when the file is decoded in one run. */
  firstSegments: z.array(z.number().int().nonnegative()),
  /** Why a long video is decoded in one run; null for a short video and for one in parts. */
  whole: z.string().nullable(),
});
export type CutInfo = z.infer<typeof cutInfoSchema>;

export const CUT_FILE = 'cut.json';
