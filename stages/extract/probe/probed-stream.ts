import { z } from 'zod';

/** What we ask ffprobe about a stream; it leaves out what it does not know. */
export const probedStreamSchema = z.object({
  index: z.number().int().nonnegative(),
  codec_type: z.string().default('unknown'),
  codec_name: z.string().default('unknown'),
  width: z.number().int().optional(),
  height: z.number().int().optional(),
  sample_aspect_ratio: z.string().optional(),
  pix_fmt: z.string().optional(),
  color_transfer: z.string().optional(),
  r_frame_rate: z.string().default('0/0'),
  avg_frame_rate: z.string().default('0/0'),
  sample_rate: z.coerce.number().optional(),
  channels: z.number().int().optional(),
  /** Seconds a tick of its time stamps. */
  time_base: z.string().default('1/90000'),
  disposition: z.object({ default: z.number(), attached_pic: z.number() }).partial().default({}),
  tags: z.object({ rotate: z.coerce.number().optional().catch(undefined) }).default({}),
  side_data_list: z.array(z.object({ rotation: z.coerce.number().optional().catch(undefined) })).default([]),
});
export type ProbedStream = z.infer<typeof probedStreamSchema>;

export const probeSchema = z.object({
  streams: z.array(probedStreamSchema).default([]),
  format: z
    .object({ format_name: z.string(), start_time: z.string().optional(), duration: z.string().optional() })
    .optional(),
});
