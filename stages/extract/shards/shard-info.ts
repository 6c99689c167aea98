import { z } from 'zod';

const doubt = z.string().nullable();

/** `picture.json`, beside the raw files of one part of the picture: a `DecodedPicture`, which counts all decoded frames. */
export const pictureShardSchema = z.strictObject({
  schema: z.literal(1),
  /** Why this part may differ from what a decode of the whole file would give; null when nothing indicates that. */
  doubt,
  firstSegment: z.number().int().nonnegative(),
  /** Number of segments of the part; null for the last part, which runs to the end. */
  segments: z.number().int().positive().nullable(),
  startSec: z.number(),
  endSec: z.number(),
  gaps: z.strictObject({ shortestSec: z.number(), longestSec: z.number() }).nullable(),
  columns: z.array(z.string()),
  grid: z.strictObject({ timesSec: z.array(z.number()), shown: z.array(z.number().int()) }),
  /** The part's `SpanReport`: lead-in and own frames, and the checksums of the frames it shares with its neighbours. */
  span: z.strictObject({
    lead: z.number().int().nonnegative(),
    own: z.number().int().nonnegative(),
    ordered: z.boolean(),
    head: z.array(z.string()),
    tail: z.array(z.string()),
  }),
});
export type PictureShard = z.infer<typeof pictureShardSchema>;
export const PICTURE_FILE = 'picture.json';

/** `sound.json`, beside the raw sound: a `DecodedSound`. */
export const soundShardSchema = z.strictObject({
  schema: z.literal(1),
  doubt,
  sound: z
    .strictObject({
      endSec: z.number(),
      waves: z.array(z.strictObject({ sampleRateHz: z.number().int(), file: z.string(), samples: z.number().int() })),
      loudnessRows: z.number().int(),
      integratedLufs: z.number().nullable(),
      rangeLu: z.number().nullable(),
      truePeakDbtp: z.number().nullable(),
      opposed: z.array(z.strictObject({ startSec: z.number(), endSec: z.number(), signs: z.array(z.number()) })),
      bad: z.strictObject({ count: z.number().int(), startSec: z.number(), endSec: z.number() }).nullable(),
    })
    .nullable(),
});
export type SoundShard = z.infer<typeof soundShardSchema>;
export const SOUND_FILE = 'sound.json';
