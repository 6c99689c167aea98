import type { ModelOf } from '../manifest/manifest.js';
import { overlap } from '../runtime/finish/suppress.js';
import type { InferencePool } from '../runtime/inference-pool.js';
import { decodeBlazeface, type BlazefaceMap } from './blazeface.js';
import type { Square } from './cut-out.js';
import type { Box, DetectedFace, FaceFinder, ModelIdentity } from './encoder.js';
import { letterboxGeometry, type FrameSides } from './letterbox.js';
import { openPersonNetwork, type PersonOutputs } from './person-network.js';

/**
 * The square in which a face is searched is as wide as the person or half as high, whichever is more, begins at the top of
 * the person's box, and is scaled by this margin. Chosen on frames that no result reports (docs/decisions/0053).
 */
const MARGIN = 1.4;
/** Largest side of the square, in heights of the box, before the margin: a person cut off below the shoulders is wide. */
const MAX_HEIGHTS = 1.2;
/** Two boxes that overlap more are the same face, found twice or in the squares of two people (BlazeFace's own value). */
const MAX_OVERLAP = 0.3;

/** Opens a face detector, which searches the upper parts of people's boxes. */
export async function openFaces(
  identity: ModelIdentity,
  folder: string,
  model: ModelOf<'faces'>,
  pool: InferencePool,
): Promise<FaceFinder> {
  const { maps, presentFrom } = model.output;
  const [, , , side] = model.input.shape;
  const outputs = maps.flatMap(({ scores, boxes }) => [scores, boxes]);
  const runOnPeople = await openPersonNetwork(folder, model, outputs, headSquare, pool);
  const none = new Float32Array(0);
  const facesOf = ({ square, rows }: PersonOutputs, picture: FrameSides): DetectedFace[] => {
    const outputMaps = maps.map(({ stride }, map): BlazefaceMap => {
      const [scores = none, boxes = none] = rows.slice(2 * map);
      return { stride, scores, boxes };
    });
    const scale = square.side / side;
    return decodeBlazeface(outputMaps, side, presentFrom).map(({ confidence, x, y, width, height }) => ({
      confidence,
      x: (square.left + x * scale) / picture.width,
      y: (square.top + y * scale) / picture.height,
      width: (width * scale) / picture.width,
      height: (height * scale) / picture.height,
    }));
  };
  return {
    identity,
    geometry: letterboxGeometry(model),
    presentFrom,
    find: (looks, displayAspect, signal) =>
      runOnPeople(
        looks,
        displayAspect,
        (people, picture) => withoutDuplicates(people.flatMap((person) => facesOf(person, picture))),
        signal,
      ),
  };
}

function headSquare({ x, y, width, height }: Box, picture: FrameSides): Square {
  const [wide, high] = [width * picture.width, height * picture.height];
  const unscaled = Math.min(Math.max(wide, high / 2), high * MAX_HEIGHTS);
  const side = unscaled * MARGIN;
  return {
    left: x * picture.width + wide / 2 - side / 2,
    top: y * picture.height + Math.min(high, unscaled) / 2 - side / 2,
    side,
  };
}

function withoutDuplicates(found: DetectedFace[]): DetectedFace[] {
  const kept: DetectedFace[] = [];
  for (const face of found.sort((a, b) => b.confidence - a.confidence))
    if (!kept.some((other) => overlap(other, face) > MAX_OVERLAP)) kept.push(face);
  return kept;
}
