import { z } from 'zod';

/** Smallest picture of a network is some 32 pixels, the largest we know 1,280; 4,096 leaves room. */
const LARGEST_SIDE = 4096;

const side = z.number().int().positive().max(LARGEST_SIDE);

/** models/encoders' FrameGeometry, checked: `crop` needs a scaled picture that covers the cut. */
export const frameGeometrySchema = z
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

/** `crop` without a short side scales the picture so that it just covers the box. */
export function shortSideOf(geometry: { width: number; height: number; shortSide?: number }): number {
  return geometry.shortSide ?? Math.max(geometry.width, geometry.height);
}

/**
 * What a file may ask of us, checked against what it claims before anything is decoded and against what comes out while
 * it is. Generous for real material, far below what would fill a disk or the memory.
 */
export const limitsSchema = z.strictObject({
  /** Twelve hours: the longest recordings people bring (surveillance, streams). */
  durationSec: z.number().positive().default(43_200),
  /** 8K UHD is 33.2 million; a decoded 10-bit frame of 36 million takes 108 MB. */
  pixels: z.number().int().positive().default(36_000_000),
  /** Broadcast recordings carry a few dozen; a file with hundreds costs seconds of probing and is made to. */
  streams: z.number().int().positive().default(64),
  /** The highest rate of any converter sold. */
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
  /** `keyframes` decodes key frames alone: ten times cheaper, and blind to everything between them. */
  frameMode: z.enum(['all', 'keyframes']).default('all'),
  geometries: z.array(frameGeometrySchema).max(16).default([]),
  sampleRatesHz: z.array(z.number().int().min(4000).max(192_000)).max(8).default([32_000, 48_000]),
  limits: limitsSchema.default(limitsSchema.parse({})),
  /** Two hours: a film in 4K on two cores. */
  wallClockSec: z.number().positive().default(7200),
  /** field-notes 5.2: an output clock that stands still for 30 s does not start again. */
  stallSec: z.number().positive().default(30),
});
export type ExtractParams = z.infer<typeof extractParamsSchema>;
