import type { ModelOf } from '../manifest/manifest.js';
import { overlap } from '../runtime/finish/suppress.js';
import type { InferencePool } from '../runtime/inference-pool.js';
import { decodeBlazeface, type BlazefaceMap } from './blazeface.js';
import type { Square } from './cut-out.js';
import type { Box, DetectedFace, FaceFinder, ModelIdentity } from './encoder.js';
import { letterboxGeometry } from './letterbox.js';
import { openPersonNetwork, type PersonOutputs, type PictureSides } from './person-network.js';

/**
 * The square that is searched for a person's face: as wide as the person or half as high, whichever is more, beginning
 * at the top of the box, with a margin. Measured on frames that are not reported (docs/decisions/0053).
 */
const MARGIN = 1.4;
/** A person of whom only head and shoulders are seen is wide: the square then need not be much larger than the box is high. */
const MOST_HEIGHTS = 1.2;
/** Two boxes that overlap more are one face, found twice or in the squares of two people (BlazeFace's own value). */
const MAX_OVERLAP = 0.3;

/** A finder of faces: the upper parts of people's boxes to faces in fractions of the display picture. */
export async function openFaces(
  identity: ModelIdentity,
  folder: string,
  model: ModelOf<'faces'>,
  pool: InferencePool,
): Promise<FaceFinder> {
  const { maps, presentFrom } = model.output;
  const [, , , side] = model.input.shape;
  const outputs = maps.flatMap(({ scores, boxes }) => [scores, boxes]);
  const look = await openPersonNetwork(folder, model, outputs, headSquare, pool);
  const none = new Float32Array(0);
  const facesOf = ({ square, rows }: PersonOutputs, shown: PictureSides): DetectedFace[] => {
    const said = maps.map(({ stride }, map): BlazefaceMap => {
      const [scores = none, boxes = none] = rows.slice(2 * map);
      return { stride, scores, boxes };
    });
    const scale = square.side / side;
    return decodeBlazeface(said, side, presentFrom).map(({ confidence, x, y, width, height }) => ({
      confidence,
      x: (square.left + x * scale) / shown.width,
      y: (square.top + y * scale) / shown.height,
      width: (width * scale) / shown.width,
      height: (height * scale) / shown.height,
    }));
  };
  return {
    identity,
    geometry: letterboxGeometry(model),
    presentFrom,
    find: (looks, displayAspect, signal) =>
      look(
        looks,
        displayAspect,
        (people, shown) => eachOnce(people.flatMap((person) => facesOf(person, shown))),
        signal,
      ),
  };
}

function headSquare({ x, y, width, height }: Box, shown: PictureSides): Square {
  const [wide, high] = [width * shown.width, height * shown.height];
  const bare = Math.min(Math.max(wide, high / 2), high * MOST_HEIGHTS);
  const side = bare * MARGIN;
  return {
    left: x * shown.width + wide / 2 - side / 2,
    top: y * shown.height + Math.min(high, bare) / 2 - side / 2,
    side,
  };
}

function eachOnce(found: DetectedFace[]): DetectedFace[] {
  const kept: DetectedFace[] = [];
  for (const face of found.sort((a, b) => b.confidence - a.confidence))
    if (!kept.some((other) => overlap(other, face) > MAX_OVERLAP)) kept.push(face);
  return kept;
}
