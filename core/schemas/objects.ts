import { z } from 'zod';
import { modelSchema } from './events.js';

/** A box of a detector, in fractions of the upright picture. */
export const boxSchema = z.strictObject({
  confidence: z.number().min(0).max(1).describe("The network's own score."),
  x: z.number().describe('Left side, in fractions of the width of the upright picture.'),
  y: z.number().describe('Upper side, in fractions of its height.'),
  width: z.number().describe('In fractions of its width.'),
  height: z.number().describe('In fractions of its height.'),
});
export type Box = z.infer<typeof boxSchema>;

/** A body point: x and y in fractions of the upright picture, and the confidence. */
export const bodyPointSchema = z.tuple([z.number(), z.number(), z.number().min(0).max(1)]);
export type BodyPoint = z.infer<typeof bodyPointSchema>;

/** An object in one picture. */
const sightingSchema = z.strictObject({
  timeSec: z.number().describe('When the picture begins to show, in seconds; 0 is what a player shows as 0:00.'),
  frame: z.number().int().nonnegative().describe('Number of the picture among those that were looked at, from 0.'),
  ...boxSchema.shape,
  face: boxSchema.exactOptional().describe("A person's face, where one shows."),
  points: z
    .array(bodyPointSchema)
    .exactOptional()
    .describe(
      "A person's points, in the order of `bodyPoints.names`, doubtful ones included: x, y in fractions of the upright picture (outside it where that cuts the body off), confidence.",
    ),
});
export type Sighting = z.infer<typeof sightingSchema>;

/** One object, followed through one shot. */
const objectTrackSchema = z.strictObject({
  id: z.number().int().nonnegative().describe('Its place in the list, from 0.'),
  model: z.string().describe('SHA-256 of the detector, as in `models`.'),
  label: z
    .string()
    .describe("The detector's own class, `person`; `face` for a face that belongs to none of the people found."),
  shot: z.number().int().nonnegative().describe('Index of its shot in shots.json.'),
  startSec: z.number().describe('Time of the first look, in seconds.'),
  endSec: z.number().describe('Time of the last look, in seconds.'),
  confidence: z.number().min(0).max(1).describe('Mean over the looks at which the detector was sure.'),
  sightings: z.array(sightingSchema).min(1).describe('Every look at it, in order of time.'),
});
export type ObjectTrack = z.infer<typeof objectTrackSchema>;

export const objectsFileSchema = z.strictObject({
  schema: z.literal(1),
  models: z.array(modelSchema).describe('The networks that looked.'),
  bodyPoints: z
    .strictObject({
      names: z.array(z.string()).describe("What the points are called; left and right are the person's own."),
      presentFrom: z.number().min(0).max(1).describe('Confidence from which one counts as seen.'),
    })
    .exactOptional()
    .describe('Where a network looked for the points of bodies.'),
  tracks: z.array(objectTrackSchema).describe('In order of their beginning.'),
});
export type ObjectsFile = z.infer<typeof objectsFileSchema>;
