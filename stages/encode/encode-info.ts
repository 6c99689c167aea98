import { z } from 'zod';
import { windowEnds } from '../../models/manifest/manifest.js';
import { boxSchema, bodyPointSchema } from '../../core/schemas/objects.js';
import { modelSchema } from '../../core/schemas/events.js';

/**
 * `encode.json`, the index of an encode artefact: what every network said about every frame and every second, before
 * any label list. Raw files beside it hold float32 little-endian rows of `width` numbers:
 * - visual: row f is stored frame f; `segmentFrame` says which frame a segment shows;
 * - audio: for each of `windowsSec` in turn the rows of its windows, segment by segment: one where it is as wide as a
 *   segment, else several (`window-layout.ts`). A row of zeros says nothing.
 */
export const encodeInfoSchema = z.strictObject({
  schema: z.literal(1),
  /** Null when no network was loaded. */
  device: z.string().nullable(),
  frameMode: z.enum(['all', 'keyframes']),
  durationSec: z.number().nonnegative(),
  segmentSec: z.number().positive(),
  segments: z.number().int().nonnegative(),
  /** For every segment the index of its frame; -1 without a picture. */
  segmentFrame: z.array(z.number().int()),
  frameTimesSec: z.array(z.number()),
  hasSound: z.boolean(),
  encoders: z.array(
    z.strictObject({
      model: modelSchema,
      modality: z.enum(['audio', 'visual']),
      meaning: z.enum(['sigmoid', 'softmax', 'embedding']),
      width: z.number().int().positive(),
      classes: z.array(z.string()),
      /** The score from which a class counts as present, where the network says so itself. */
      presentFrom: z.number().min(0).max(1).optional(),
      /** Audio only, ascending. */
      windowsSec: z.array(z.number().positive()),
      /** Audio only: windows over an end of the sound are moved inside unless they see silence there. */
      ends: windowEnds.optional(),
      /** Audio only: the level below which the network knows nothing of a segment. */
      quietestDbfs: z.number().optional(),
      file: z.string(),
      rows: z.number().int().nonnegative(),
    }),
  ),
  detectors: z.array(
    z.strictObject({
      model: modelSchema,
      classes: z.array(z.string()),
      /** The confidence from which a thing counts as there; less sure boxes only help to follow it. */
      presentFrom: z.number().min(0).max(1),
    }),
  ),
  /** What looked for faces and body points in the people that the first detector of people found. */
  people: z
    .strictObject({
      detector: z.string(),
      faces: z.strictObject({ model: modelSchema, presentFrom: z.number() }).nullable(),
      poses: z.strictObject({ model: modelSchema, presentFrom: z.number() }).nullable(),
    })
    .nullable(),
  /** Level of the loudest tenth of a second of each segment, in dB below full scale; empty without sound. */
  levelsDbfs: z.array(z.number()),
});
export const ENCODE_FILE = 'encode.json';
export const OBJECTS_FILE = 'objects.jsonl';
export type EncodeInfo = z.infer<typeof encodeInfoSchema>;
export type EncodedRows = EncodeInfo['encoders'][number];

/** One line of `objects.jsonl`: what one detector saw in one stored frame, in fractions of the upright picture. */
export const objectsRowSchema = z.strictObject({
  frame: z.number().int().nonnegative(),
  /** SHA-256 of the detector. */
  model: z.string(),
  objects: z.array(z.strictObject({ label: z.string(), ...boxSchema.shape })),
  /** Of the detector whose people were looked at. `object`: the person's place among the objects. */
  people: z
    .strictObject({
      faces: z.array(boxSchema),
      poses: z.array(z.strictObject({ object: z.number().int().nonnegative(), points: z.array(bodyPointSchema) })),
    })
    .exactOptional(),
});
export type ObjectsRow = z.infer<typeof objectsRowSchema>;
