import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { transcriptFileSchema, type TranscriptFile } from '../../core/schemas/transcript.js';
import { defineStage } from '../services.js';
import { doubtsOf } from './doubts.js';
import { HEARD_FILE, heardFileSchema } from './heard.js';
import { cueLimitsSchema, cuesOf } from './subtitle-cues.js';
import { subtitlesSrt, subtitlesVtt } from './subtitle-files.js';

export const transcribeParamsSchema = z.strictObject({
  /** Subtitles and descriptions use doubtful utterances too. */
  keepDoubtful: z.boolean().default(false),
  cues: cueLimitsSchema.default(() => cueLimitsSchema.parse({})),
});

/** Judges what was heard and makes subtitles: `transcript.json`, `transcript.vtt`, `transcript.srt`. It needs no network. */
export const transcribeStage = defineStage({
  name: 'transcribe',
  version: 1,
  inputs: ['listen'],
  params: transcribeParamsSchema,
  resource: 'light',
  scratch: false,
  async run({ inputs, params, folder }) {
    const heard = await inputs.listen.json(HEARD_FILE, heardFileSchema);
    const doubts = doubtsOf(heard);
    const segments = heard.windows.flatMap(({ language, segments: found }) =>
      found.map((segment) => ({ ...segment, language })),
    );
    const file: TranscriptFile = {
      schema: 1,
      model: heard.model,
      keepDoubtful: params.keepDoubtful,
      listened: heard.listened,
      utterances: segments
        .map(({ meanLogProbability, ...segment }, index) => ({
          ...segment,
          confidence: Math.min(1, Math.exp(meanLogProbability)),
          flags: doubts[index] ?? [],
        }))
        .sort((a, b) => a.startSec - b.startSec),
    };
    await writeFile(join(folder, 'transcript.json'), JSON.stringify(transcriptFileSchema.parse(file)));
    const cues = cuesOf(file, params.cues);
    await writeFile(join(folder, 'transcript.vtt'), subtitlesVtt(cues));
    await writeFile(join(folder, 'transcript.srt'), subtitlesSrt(cues));
  },
});
