import { z } from 'zod';

/**
 * `media.json`, the index of an extract artefact. Times are seconds on the player's timeline (0 = the container's start).
 * Raw files beside it:
 * - `frames-<geometry>.rgb`: rgb24 frames of one size, one after another, no header;
 * - `wave-<rate>.s16`: mono 16-bit little-endian samples, sample i at i / rate seconds (silence fills any late start);
 * - `motion.f32`: one row of float32 for every decoded frame, a number a column of `motion.columns` (stages/shots says
 *   what they mean), and `motion-times.f64`, the presentation time of each row as float64 seconds;
 * - `loudness.jsonl`: one `{ timeSec, momentary, shortTerm }` (LUFS) a 100 ms; `timeSec` is where those 100 ms begin.
 * Integers and floats are little-endian. `media-reader.ts` reads slices of all of them.
 */
export const mediaInfoSchema = z.strictObject({
  schema: z.literal(1),
  container: z.string(),
  /** The end of the longest decoded stream; never what a header claims. */
  durationSec: z.number().nonnegative(),
  /** What the container's own clock says at the player's 0:00. */
  originSec: z.number(),
  frameMode: z.enum(['all', 'keyframes']),
  /** Length of the grid's segments; their count is that of `segmentFrame`. */
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
      /** From the first decoded frame to the end of the last one, which holds on screen until `durationSec`. */
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
   * For every segment the index of the frame that shows in its middle; -1 without a picture. A short last segment counts
   * by the middle of a full one, and the last frame holds to the end.
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
  warnings: z.array(z.string()),
});

export type MediaInfo = z.infer<typeof mediaInfoSchema>;
