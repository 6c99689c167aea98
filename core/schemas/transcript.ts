import { z } from 'zod';
import { modelSchema } from './events.js';
import { spanShape } from './span.js';

/**
 * Why an utterance is doubtful: a transcriber invents sentences over rain, music and silence
 * (docs/decisions/0056-transcription.md). Each flag is one signal.
 */
export const TRANSCRIPT_FLAGS = [
  /** The network itself gives a high probability to "nobody speaks". */
  'no-speech',
  /** The mean log probability of its tokens is low: the network guessed. */
  'low-probability',
  /** Its text compresses too well: a loop of the decoder. */
  'compressible',
  /** Few of its words differ from one another. */
  'few-unique-words',
  /** More characters in a second than a person can speak. */
  'too-fast',
  /** Window after window has the same text. */
  'repeated-window',
  /** A sentence that such networks are known to invent, such as "Thank you for watching". */
  'stock-phrase',
  /** Speech detection heard nobody there. */
  'no-speech-detected',
  /** The text did not end within the limit of the network and was cut off. */
  'unfinished',
] as const;

const wordSchema = z.strictObject({
  text: z.string().describe('With its punctuation, without spaces around it.'),
  ...spanShape,
});
export type TranscriptWord = z.infer<typeof wordSchema>;

const utteranceSchema = z.strictObject({
  ...spanShape,
  text: z.string().describe('What is said; its words joined by spaces, except in languages written without them.'),
  language: z.string().describe('ISO 639-1 code, such as `en`.'),
  confidence: z.number().min(0).max(1).describe('Geometric mean of the probabilities of its tokens.'),
  flags: z
    .array(z.enum(TRANSCRIPT_FLAGS))
    .describe(
      'Reasons to doubt that this was said; empty for most. Nothing is deleted here, but subtitles and descriptions leave flagged utterances out unless they are told otherwise.',
    ),
  words: z
    .array(wordSchema)
    .describe(
      'In order; empty where the network gives no times of words, and the span of the utterance is then coarse.',
    ),
});
export type Utterance = z.infer<typeof utteranceSchema>;

export const transcriptFileSchema = z.strictObject({
  schema: z.literal(1),
  model: modelSchema.nullable().describe('The transcriber; null where no pack has one, and nothing is known then.'),
  keepDoubtful: z.boolean().describe('Whether subtitles and descriptions shall use flagged utterances too.'),
  listened: z
    .array(z.strictObject(spanShape))
    .describe('Where the transcriber listened; elsewhere speech detection and taggers heard nothing like a voice.'),
  utterances: z.array(utteranceSchema).describe('In order of their beginning.'),
});
export type TranscriptFile = z.infer<typeof transcriptFileSchema>;
