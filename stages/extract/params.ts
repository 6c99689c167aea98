import { z } from 'zod';

/** The input pictures of known networks measure from 32 to 1,280 pixels; 4,096 leaves room for others. */
const MAX_SIDE = 4096;

const side = z.number().int().positive().max(MAX_SIDE);

/** Validates a FrameGeometry (models/encoders): for `crop`, the scaled picture must cover the crop. */
const frameGeometrySchema = z
  .strictObject({
    width: side,
    height: side,
    fit: z.enum(['crop', 'letterbox', 'stretch', 'inside']),
    shortSide: side.exactOptional(),
    pad: z.number().int().min(0).max(255).exactOptional(),
    multiple: side.exactOptional(),
  })
  .refine((geometry) => geometry.fit !== 'crop' || shortSideOf(geometry) >= Math.max(geometry.width, geometry.height), {
    error: 'shortSide is smaller than what is cut from the picture',
  });

/** Length to which `crop` scales the picture's short side. By default the picture then just covers the crop. */
export function shortSideOf(geometry: { width: number; height: number; shortSide?: number }): number {
  return geometry.shortSide ?? Math.max(geometry.width, geometry.height);
}

/**
 * Limits of what a file may demand. They are checked against its headers before anything is decoded, and against the
 * output during the decode. They are generous for real material and far below what would fill a disk or the memory.
 */
const limitsSchema = z.strictObject({
  /** Twelve hours: the longest recordings in practice (surveillance, streams). */
  durationSec: z.number().positive().default(43_200),
  /** 8K UHD is 33.2 million; a decoded 10-bit frame of 36 million takes 108 MB. */
  pixels: z.number().int().positive().default(36_000_000),
  /** Broadcast recordings have a few dozen. A file with hundreds is made to cost seconds of probing. */
  streams: z.number().int().positive().default(64),
  /** The highest sample rate of converters on the market. */
  sampleRateHz: z.number().int().positive().default(768_000),
  /** Third-order ambisonics is 16, 22.2 is 24. */
  channels: z.number().int().positive().default(64),
});
export type ExtractLimits = z.infer<typeof limitsSchema>;

export const extractParamsSchema = z.strictObject({
  /** Length of a segment in seconds, as a fraction. */
  segment: z
    .strictObject({ num: z.number().int().positive(), den: z.number().int().positive() })
    .default({ num: 1, den: 1 }),
  /** `keyframes` decodes only key frames: ten times cheaper, but nothing between them is seen. */
  frameMode: z.enum(['all', 'keyframes']).default('all'),
  geometries: z.array(frameGeometrySchema).max(16).default([]),
  sampleRatesHz: z.array(z.number().int().min(4000).max(192_000)).max(8).default([32_000, 48_000]),
  limits: limitsSchema.default(limitsSchema.parse({})),
  /** Two hours: enough for a 4K film on two cores. */
  wallClockSec: z.number().positive().default(7200),
  /** A decode whose output time stands still for 30 s does not recover (field-notes 5.2). */
  stallSec: z.number().positive().default(30),
});
export type ExtractParams = z.infer<typeof extractParamsSchema>;
