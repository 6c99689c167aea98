import { z } from 'zod';
import { EarsightError } from '../../core/errors.js';
import { cueLimitsSchema } from '../../stages/transcribe/subtitle-cues.js';
import type { TranscriptSettings } from '../work/transcript-settings.js';
import type { RunOptions } from './run-options.js';

/**
 * Checks what the user said about transcripts. Undefined where nothing was said, null for no transcript.
 * @throws EarsightError EARSIGHT_USAGE
 */
export function transcriptSettingsOf(
  options: Pick<RunOptions, 'transcript' | 'language' | 'keepDoubtful' | 'subtitles'>,
): TranscriptSettings | null | undefined {
  const { transcript, language, keepDoubtful, subtitles } = options;
  if (transcript === false) return null;
  if (language === undefined && keepDoubtful === undefined && subtitles === undefined) return undefined;
  if (language !== undefined && !/^[a-z]{2,3}$/.test(language))
    throw new EarsightError('EARSIGHT_USAGE', { reason: `a language is a code such as en, and not ${language}` });
  const cues = cueLimitsSchema.safeParse(subtitles ?? {});
  if (!cues.success)
    throw new EarsightError('EARSIGHT_USAGE', {
      reason: `subtitles: ${z.prettifyError(cues.error).replaceAll('\n', ' ')}`,
    });
  if (cues.data.minSec > cues.data.maxSec)
    throw new EarsightError('EARSIGHT_USAGE', { reason: 'the shortest subtitle is longer than the longest' });
  return { language: language ?? null, keepDoubtful: keepDoubtful ?? false, cues: cues.data };
}
