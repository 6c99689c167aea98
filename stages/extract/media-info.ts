import { z } from 'zod';
import { warningSchema } from '../../core/warnings.js';

/**
 * `media.json`, the index of an extract artefact. Times are seconds on the player's timeline (0 = the container's start).
 * Raw files beside it:
 * - `frames-<geometry>.rgb`: rgb24 frames of one size, one after another, without a header;
 * - `wave-<rate>.s16`: mono 16-bit little-endian samples, sample i at i / rate seconds (silence fills any late start);
 * - `motion.f32`: one row of float32 for every decoded frame, one number for each of `motion.columns`
 *   (`measure/motion-columns.ts` and `measure/cell-change.ts` define them), and `motion-times.f64`, the presentation time of each row as float64 seconds;
 * - `loudness.jsonl`: one `{ timeSec, momentary, shortTerm }` (LUFS, null for silence) every 100 ms; `timeSec` is the start of those 100 ms.
 * Integers and floats are little-endian. `media-reader.ts` reads slices of all of them.
 */
export const mediaInfoSchema = z.strictObject({
  schema: z.literal(1),
  container: z.string(),
  /** The end of the longest decoded stream; never what a header claims. */
  durationSec: z.number().nonnegative(),
  /** The time of the container's own clock at the player's 0:00. */
  originSec: z.number(),
  frameMode: z.enum(['all', 'keyframes']),
  /** Length of a segment. `segmentFrame` has one entry per segment. */
  segmentSec: z.number().positive(),
  video: z
    .strictObject({
      codec: z.string(),
      /** Upright size in square pixels. */
      width: z.number().int().positive(),
      height: z.number().int().positive(),
      rotationDegrees: z.number(),
      sampleAspect: z.string(),
      /** Average, as a rational string, for display only. */
      averageFrameRate: z.string(),
      variableFrameRate: z.boolean(),
      decodedFrames: z.number().int().nonnegative(),
      /** Start of the first decoded frame and end of the last one, which stays on display until `durationSec`. */
      startSec: z.number(),
      endSec: z.number(),
    })
    .nullable(),
  audio: z
    .strictObject({
      codec: z.string(),
      sampleRateHz: z.number().int().positive(),
      channels: z.number().int().positive(),
      tracks: z.number().int().positive(),
      /** End of the decoded sound. */
      endSec: z.number(),
      integratedLufs: z.number().nullable(),
      loudnessRangeLu: z.number().nullable(),
      truePeakDbtp: z.number().nullable(),
    })
    .nullable(),
  /** Exact presentation time of each stored frame, the same for every geometry. */
  frameTimesSec: z.array(z.number()),
  /**
   * For every segment the index of the frame on display in its middle; -1 without a picture. For a short last segment the
   * middle of a full segment counts, and the last frame holds to the end.
   */
  segmentFrame: z.array(z.number().int()),
  frames: z.array(
    z.strictObject({
      geometry: z.string(),
      file: z.string(),
      width: z.number().int().positive(),
      height: z.number().int().positive(),
    }),
  ),
  waves: z.array(
    z.strictObject({ sampleRateHz: z.number().int().positive(), file: z.string(), samples: z.number().int() }),
  ),
  motion: z
    .strictObject({
      file: z.string(),
      timesFile: z.string(),
      columns: z.array(z.string()),
      rows: z.number().int().nonnegative(),
    })
    .nullable(),
  /** `loudness.jsonl`, or null without sound. */
  loudness: z.strictObject({ file: z.string(), rows: z.number().int().nonnegative() }).nullable(),
  warnings: z.array(warningSchema),
});

export type MediaInfo = z.infer<typeof mediaInfoSchema>;
