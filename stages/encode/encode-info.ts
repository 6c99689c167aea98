import { z } from 'zod';
import { windowEnds } from '../../models/manifest/manifest.js';
import { boxSchema, bodyPointSchema } from '../../core/schemas/objects.js';
import { modelSchema } from '../../core/schemas/events.js';

/**
 * `encode.json`, the index of an encode artefact: the output of every network for every frame and every second, before any
 * label list is applied. Raw files beside it hold float32 little-endian rows of `width` numbers:
 * - visual: row f belongs to stored frame f; `segmentFrame` says which frame a segment shows;
 * - audio: for each of `windowsSec` in turn the rows of its windows, segment by segment: one row where the window is as
 *   wide as a segment, else several (`window-layout.ts`). A row of zeros means that the window was not encoded.
 */
export const encodeInfoSchema = z.strictObject({
  schema: z.literal(1),
  /** The device that ran the networks; null when none was loaded. */
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
      /** The score from which a class counts as present, where the network defines one. */
      presentFrom: z.number().min(0).max(1).optional(),
      /** Audio only, ascending. */
      windowsSec: z.array(z.number().positive()),
      /** Audio only: whether windows at the ends of the sound are moved inside it, or may contain silence. */
      ends: windowEnds.optional(),
      /** Audio only: the level below which the network's output for a segment means nothing. */
      quietestDbfs: z.number().optional(),
      file: z.string(),
      rows: z.number().int().nonnegative(),
    }),
  ),
  detectors: z.array(
    z.strictObject({
      model: modelSchema,
      classes: z.array(z.string()),
      /** The confidence from which an object counts as present. Boxes with less confidence only help to track it. */
      presentFrom: z.number().min(0).max(1),
    }),
  ),
  /** The networks that found faces and body points in the people which the first detector of people found. */
  people: z
    .strictObject({
      detector: z.string(),
      faces: z.strictObject({ model: modelSchema, presentFrom: z.number() }).nullable(),
      poses: z.strictObject({ model: modelSchema, presentFrom: z.number() }).nullable(),
    })
    .nullable(),
  /** Level of the loudest tenth of a second of each segment, in dB relative to full scale; empty without sound. */
  levelsDbfs: z.array(z.number()),
});
export const ENCODE_FILE = 'encode.json';
export const OBJECTS_FILE = 'objects.jsonl';
export type EncodeInfo = z.infer<typeof encodeInfoSchema>;
export type EncodedRows = EncodeInfo['encoders'][number];

/** One line of `objects.jsonl`: the objects that one detector found in one stored frame, in fractions of the upright picture. */
export const objectsRowSchema = z.strictObject({
  frame: z.number().int().nonnegative(),
  /** SHA-256 of the detector. */
  model: z.string(),
  objects: z.array(z.strictObject({ label: z.string(), ...boxSchema.shape })),
  /** Only for the detector of `encode.json`'s `people`. `object` is the person's index in `objects`. */
  people: z
    .strictObject({
      faces: z.array(boxSchema),
      poses: z.array(z.strictObject({ object: z.number().int().nonnegative(), points: z.array(bodyPointSchema) })),
    })
    .exactOptional(),
});
export type ObjectsRow = z.infer<typeof objectsRowSchema>;
