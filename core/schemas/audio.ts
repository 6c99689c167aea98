import { z } from 'zod';
import { spanShape } from './span.js';

const spanSchema = z.strictObject(spanShape);

export const audioFileSchema = z.strictObject({
  schema: z.literal(1),
  integratedLufs: z
    .number()
    .nullable()
    .describe(
      'Loudness of the whole in LUFS (EBU R128, ITU-R BS.1770-4). Null where the gate lets nothing through: silence, or under 0.4 s of sound.',
    ),
  loudnessRangeLu: z.number().nullable().describe('EBU loudness range, in LU; null where the loudness is.'),
  truePeakDbtp: z
    .number()
    .nullable()
    .describe('Highest peak between the samples, in dB of full scale; null for digital silence and without sound.'),
  segmentLufs: z
    .array(z.number().nullable())
    .describe('Of each segment the mean power of the momentary loudness (400 ms windows), in LUFS; null for silence.'),
  onsetsSec: z.array(z.number().nonnegative()).describe('Moments at which something begins to sound, in seconds.'),
  silences: z
    .array(spanSchema)
    .describe('Half a second or more, 35 dB below the loudness of the whole, but never above -40 dBFS.'),
  speech: z.array(spanSchema).nullable().describe('Where somebody speaks; null where no pack has speech-activity.'),
  waveform: z
    .strictObject({
      binSec: z.number().positive().describe('Seconds a bin.'),
      peaks: z.array(z.number().min(0).max(1)).describe('Largest |sample| of each bin, 1 being full scale.'),
    })
    .describe('For drawing: the whole track in equal bins.'),
});
export type AudioFile = z.infer<typeof audioFileSchema>;
