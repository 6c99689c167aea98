import { z } from 'zod';
import { modelSchema } from '../../core/schemas/events.js';
import { spanShape } from '../../core/schemas/span.js';

const span = z.strictObject(spanShape);
const word = z.strictObject({ text: z.string(), ...spanShape });

/**
 * `heard.json`: what a transcriber returned for every window, in seconds of the video, before anything is judged. It
 * belongs to the networks; doubts and subtitles are made from it and can be made again without them.
 */
export const heardFileSchema = z.strictObject({
  schema: z.literal(1),
  /** Null without a transcriber. */
  model: modelSchema.nullable(),
  /** Where speech detection or a tagger heard a voice; null where no network can say. */
  voices: z.array(span).nullable(),
  /** Where the transcriber listened: voices, widened. */
  listened: z.array(span),
  windows: z.array(
    z.strictObject({
      ...spanShape,
      language: z.string(),
      noSpeechProbability: z.number(),
      finished: z.boolean(),
      segments: z.array(
        z.strictObject({
          text: z.string(),
          ...spanShape,
          meanLogProbability: z.number(),
          words: z.array(word),
        }),
      ),
    }),
  ),
});
export const HEARD_FILE = 'heard.json';
export type HeardFile = z.infer<typeof heardFileSchema>;
export type HeardWindowInFile = HeardFile['windows'][number];
