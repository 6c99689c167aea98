import { z } from 'zod';
import { spanShape } from './span.js';

export const cameraMovementSchema = z.enum([
  'static',
  'pan-left',
  'pan-right',
  'tilt-up',
  'tilt-down',
  'zoom-in',
  'zoom-out',
  'handheld',
]);
export type CameraMovement = z.infer<typeof cameraMovementSchema>;

const shotSchema = z.strictObject({
  index: z.number().int().nonnegative().describe('From 0.'),
  ...spanShape,
  camera: z
    .strictObject({
      movement: cameraMovementSchema.describe("The camera's: a picture that moves left is a pan to the right."),
      magnitude: z
        .number()
        .nonnegative()
        .describe(
          'Pan and tilt: mean speed in picture widths (heights) a second. Zoom: e-foldings of scale a second. Static and handheld: RMS shake in picture widths a second.',
        ),
    })
    .nullable()
    .describe(
      'Null where it is unknown: key frames alone were decoded, or the picture holds nothing to follow (black, one colour).',
    ),
  keyFrame: z
    .strictObject({
      timeSec: z.number().nonnegative().describe('When it shows, in seconds.'),
      path: z.string().describe('Beside this file.'),
    })
    .nullable()
    .describe('The sharpest of its stored pictures; null where there is none.'),
});
export type Shot = z.infer<typeof shotSchema>;

export const shotsFileSchema = z.strictObject({
  schema: z.literal(1),
  detector: z.strictObject({
    name: z.enum(['content', 'adaptive']).describe("PySceneDetect's."),
    threshold: z.number().describe("In the detector's own measure."),
    minSceneFrames: z.number().int().describe('Shots are no shorter, in frames.'),
  }),
  precision: z
    .enum(['frame', 'keyframe'])
    .describe(
      '`keyframe`: only key frames were compared, so a cut lies anywhere between the one before it and its time.',
    ),
  cutsSec: z
    .array(z.number().nonnegative())
    .describe("Moments at which a new shot begins, in seconds; the first shot's start is not a cut."),
  shots: z.array(shotSchema).describe('In order of time; none without a picture.'),
});
export type ShotsFile = z.infer<typeof shotsFileSchema>;
