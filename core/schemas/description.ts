import { z } from 'zod';
import { spanShape } from './span.js';

const factKindSchema = z.enum([
  'length',
  'sound-track',
  'thing',
  'count',
  'colour',
  'place',
  'size',
  'motion',
  'face',
  'camera',
  'cuts',
  'sound',
  'loudness',
  'silence',
  'speech',
  'words',
  'unseen',
  'source-seen',
]);
export type FactKind = z.infer<typeof factKindSchema>;

const factSchema = z.strictObject({
  id: z.string().describe('Unique within this file.'),
  kind: factKindSchema.describe('What was measured.'),
  about: z.string().describe('The thing, sound or movement as its own file names it; empty for the whole video.'),
  value: z.string().describe('The measurement, such as `red`, `pan-left` or `2`.'),
  confidence: z.number().min(0).max(1).nullable().describe('Of the network behind it; null for plain measurements.'),
  from: z
    .enum(['events.json', 'objects.json', 'shots.json', 'audio.json', 'transcript.json', 'keyframes'])
    .describe('The file that it was read from.'),
  spans: z.array(z.strictObject(spanShape)).describe('When it holds.'),
  tracks: z.array(z.number().int().nonnegative()).describe('Ids of the objects in objects.json that it is about.'),
  shots: z.array(z.number().int().nonnegative()).describe('Indices of the shots in shots.json that it is about.'),
});
export type Fact = z.infer<typeof factSchema>;

const phraseSchema = z.strictObject({
  text: z.string().min(1).describe('A part of the sentence; the phrases stand in it in this order.'),
  evidence: z.array(z.string()).min(1).describe('Ids of the facts that it rests on.'),
});

const sentenceSchema = z.strictObject({
  text: z.string().min(1).describe('The whole sentence.'),
  about: z
    .enum(['summary', 'seen', 'heard'])
    .describe('The summary comes first, then what is seen, then what is heard.'),
  phrases: z.array(phraseSchema).min(1).describe('What the sentence states, and on what grounds.'),
});
export type Sentence = z.infer<typeof sentenceSchema>;

export const descriptionFileSchema = z.strictObject({
  schema: z.literal(1),
  language: z.literal('en').describe('ISO 639-1 code.'),
  writer: z.literal('grounded').describe('Sentences from measured facts, without a language model.'),
  sentences: z.array(sentenceSchema).min(1),
  facts: z.array(factSchema).describe('Every fact that a phrase rests on.'),
});
export type DescriptionFile = z.infer<typeof descriptionFileSchema>;
