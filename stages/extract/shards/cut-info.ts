import { z } from 'zod';
import { extractParamsSchema } from '../params.js';

export const cutParamsSchema = extractParamsSchema.extend({
  /** A video that claims to last longer is cut into parts of about so many seconds; a very long one into longer parts. */
  shardSec: z.number().positive(),
});
export type CutParams = z.infer<typeof cutParamsSchema>;

/** `cut.json`: how the work on one video is divided. */
export const cutInfoSchema = z.strictObject({
  schema: z.literal(1),
  /** Pieces the rows of later stages may be divided into; 1 for a short video. */
  parts: z.number().int().positive(),
  /** First segment of each part of the picture, beginning with 0; empty when the file is decoded in one go … */
  firstSegments: z.array(z.number().int().nonnegative()),
  /** … for this reason, if the video is long. */
  whole: z.string().nullable(),
});
export type CutInfo = z.infer<typeof cutInfoSchema>;

export const CUT_FILE = 'cut.json';
