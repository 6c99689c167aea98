import { z } from 'zod';

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

export const shotSchema = z.strictObject({
  index: z.number().int().nonnegative(),
  startSec: z.number().nonnegative(),
  endSec: z.number().nonnegative(),
  /** Null where it is unknown: key frames alone were decoded, or the picture holds nothing to follow (black, one colour). */
  camera: z
    .strictObject({
      movement: cameraMovementSchema,
      /**
       * Pan and tilt: mean speed in picture widths (heights) a second. Zoom: e-foldings of scale a second. Static and
       * handheld: RMS shake in picture widths a second.
       */
      magnitude: z.number().nonnegative(),
    })
    .nullable(),
  keyFrame: z.strictObject({ timeSec: z.number().nonnegative(), path: z.string() }).nullable(),
});
export type Shot = z.infer<typeof shotSchema>;

export const shotsFileSchema = z.strictObject({
  schema: z.literal(1),
  detector: z.strictObject({
    name: z.enum(['content', 'adaptive']),
    threshold: z.number(),
    minSceneFrames: z.number().int(),
  }),
  /** `keyframe`: only key frames were compared, so a cut lies anywhere between the one before it and its time. */
  precision: z.enum(['frame', 'keyframe']),
  /** Moments at which a new shot begins; the first shot's start is not a cut. */
  cutsSec: z.array(z.number().nonnegative()),
  shots: z.array(shotSchema),
});
export type ShotsFile = z.infer<typeof shotsFileSchema>;
