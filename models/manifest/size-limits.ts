import { z } from 'zod';

/**
 * What a pack may ask for: it comes from elsewhere, and a picture of a million pixels a side or a transform of a billion
 * points would take the machine. All are far above what any published network has.
 */

/** Of a picture, in pixels: at 4,096 one frame as float32 takes 200 MB. */
export const pictureSide = z.number().int().positive().max(4096);

/** Points of a transform of sound. */
export const transformSize = z
  .number()
  .int()
  .min(8)
  .max(65_536)
  .refine((size) => Number.isInteger(Math.log2(size)), 'a power of two');

/** Bands of a picture of sound. */
export const bandCount = z.number().int().positive().max(4096);
