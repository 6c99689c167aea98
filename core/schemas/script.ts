import { z } from 'zod';
import { cameraMovementSchema } from './shots.js';
import { spanShape } from './span.js';

/** From the nearest to the farthest; the usual names of film making. */
export const shotTypeSchema = z.enum([
  'extreme-close-up',
  'close-up',
  'medium-close-up',
  'medium',
  'full',
  'long',
  'extreme-long',
  'unknown',
]);
export type ShotType = z.infer<typeof shotTypeSchema>;

const sceneSchema = z.strictObject({
  video_id: z.string().describe('The `id` of index.jsonl.'),
  clip_id: z.string().describe('`<video_id>-Scene-<three digits or more, from 001>`.'),
  video_title: z.string().describe('The name of the file without its extension.'),
  caption: z.strictObject({
    shot_type: z.string().describe('In words.'),
    camera_movement: z.string().describe('In words.'),
    content: z.string().describe('What is seen and heard in the scene.'),
    scene_title: z.string().describe('A few words.'),
  }),
  voiceover: z.array(z.string()).describe('What is said in the scene; empty without a transcriber.'),
  span: z.strictObject(spanShape).describe('Not in the form of Vript: when the scene begins and ends.'),
  shots: z.array(z.number().int().nonnegative()).min(1).describe('Not in the form of Vript: indices in shots.json.'),
  closed: z
    .strictObject({
      shot_type: shotTypeSchema.describe('From the nearest to the farthest.'),
      camera_movement: z
        .union([cameraMovementSchema, z.literal('mixed'), z.literal('unknown')])
        .describe('`mixed` where joined shots differ.'),
    })
    .describe('Not in the form of Vript: the same two from closed lists.'),
});
export type Scene = z.infer<typeof sceneSchema>;

/** The form of the Vript data set, one file per video. */
export const scriptFileSchema = z.strictObject({
  schema: z.literal(1),
  meta: z.strictObject({
    video_id: z.string().describe('The `id` of index.jsonl.'),
    video_title: z.string().describe('The name of the file without its extension.'),
    num_clips: z.number().int().nonnegative().describe('Number of scenes.'),
    integrity: z.boolean().describe('Whether there is a scene and every scene has its text.'),
  }),
  data: z.record(z.string(), sceneSchema).describe('By clip_id, in order of time.'),
});
export type ScriptFile = z.infer<typeof scriptFileSchema>;
