import { z } from 'zod';
import { modelSchema } from './events.js';

/** A detector's box, in fractions of the upright picture. */
export const boxSchema = z.strictObject({
  confidence: z.number().min(0).max(1),
  x: z.number(),
  y: z.number(),
  width: z.number(),
  height: z.number(),
});
export type Box = z.infer<typeof boxSchema>;

/** A point of a body: x, y in fractions of the upright picture, and how sure it is. Outside the picture where that cuts it off. */
export const bodyPointSchema = z.tuple([z.number(), z.number(), z.number().min(0).max(1)]);
export type BodyPoint = z.infer<typeof bodyPointSchema>;

/** One look at a thing. */
export const sightingSchema = z.strictObject({
  timeSec: z.number(),
  /** Number of the stored picture. */
  frame: z.number().int().nonnegative(),
  ...boxSchema.shape,
  /** A person's face, where one shows. */
  face: boxSchema.exactOptional(),
  /** A person's points, in the order of `bodyPoints.names`, doubtful ones included. */
  points: z.array(bodyPointSchema).exactOptional(),
});
export type Sighting = z.infer<typeof sightingSchema>;

/** One thing followed through a shot. */
export const objectTrackSchema = z.strictObject({
  id: z.number().int().nonnegative(),
  /** SHA-256 of the detector. */
  model: z.string(),
  /** The detector's own class, `person`; `face` for a face that belongs to none of the people found. */
  label: z.string(),
  shot: z.number().int().nonnegative(),
  /** First and last look. */
  startSec: z.number(),
  endSec: z.number(),
  /** Mean over the looks at which the detector was sure. */
  confidence: z.number().min(0).max(1),
  sightings: z.array(sightingSchema).min(1),
});
export type ObjectTrack = z.infer<typeof objectTrackSchema>;

export const objectsFileSchema = z.strictObject({
  schema: z.literal(1),
  models: z.array(modelSchema),
  /** What the points of people are called (left and right are the person's own), and from which confidence one counts. */
  bodyPoints: z.strictObject({ names: z.array(z.string()), presentFrom: z.number().min(0).max(1) }).exactOptional(),
  /** In order of their beginning. */
  tracks: z.array(objectTrackSchema),
});
export type ObjectsFile = z.infer<typeof objectsFileSchema>;
