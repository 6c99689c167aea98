import { z } from 'zod';
import { cueLimitsSchema } from '../../stages/transcribe/subtitle-cues.js';

/** What the user said about transcripts, as it is stored in the document of a run. */
export const transcriptSettingsSchema = z.strictObject({
  language: z.string().nullable(),
  keepDoubtful: z.boolean(),
  cues: cueLimitsSchema,
});
export type TranscriptSettings = z.infer<typeof transcriptSettingsSchema>;
