import { z } from 'zod';

const spanSchema = z.strictObject({ startSec: z.number().nonnegative(), endSec: z.number().nonnegative() });

export const audioFileSchema = z.strictObject({
  schema: z.literal(1),
  /** EBU R128 (ITU-R BS.1770-4). Null where the gate lets nothing through: silence, or under 0.4 s of sound. */
  integratedLufs: z.number().nullable(),
  loudnessRangeLu: z.number().nullable(),
  truePeakDbtp: z.number().nullable(),
  /** Mean-power momentary loudness of each segment, null for silence. */
  segmentLufs: z.array(z.number().nullable()),
  onsetsSec: z.array(z.number().nonnegative()),
  silences: z.array(spanSchema),
  /** Null where no pack has speech-activity. */
  speech: z.array(spanSchema).nullable(),
  /** For drawing: peak of |sample| in equal bins over the whole track, 0 to 1. */
  waveform: z.strictObject({ binSec: z.number().positive(), peaks: z.array(z.number().min(0).max(1)) }),
});
export type AudioFile = z.infer<typeof audioFileSchema>;
