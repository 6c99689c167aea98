import { z } from 'zod';

/**
 * Limits on the sizes that a pack may request. Packs come from other people, and an image side of a million pixels or a
 * transform of a billion points would exhaust the machine. All limits are far above what published networks need.
 */

/** Side of an image in pixels. With 4,096, one frame takes 200 MB as float32. */
export const pictureSide = z.number().int().positive().max(4096);

/** Points of a Fourier transform of sound. */
export const transformSize = z
  .number()
  .int()
  .min(8)
  .max(65_536)
  .refine((size) => Number.isInteger(Math.log2(size)), 'a power of two');

/** Bands of a spectrogram. */
export const bandCount = z.number().int().positive().max(4096);
