import { EarsightError } from '../../core/errors.js';
import type { ModelOf } from '../manifest/manifest.js';
import type { InferencePool } from '../runtime/inference-pool.js';
import { BODY_POINTS } from './body-points.js';
import type { Square } from './cut-out.js';
import type { BodyPoint, Box, ModelIdentity, PoseFinder } from './encoder.js';
import { letterboxGeometry } from './letterbox.js';
import { openPersonNetwork, type PersonOutputs, type PictureSides } from './person-network.js';

/** A box's longer side grows by this: the network wants the whole person with some room (docs/decisions/0053). */
const MARGIN = 1.25;

/** Numbers a point: y, x, score. */
const NUMBERS = 3;

/** A network of one person's body points: people's boxes to points in fractions of the display picture. */
export async function openPoses(
  identity: ModelIdentity,
  folder: string,
  model: ModelOf<'poses'>,
  pool: InferencePool,
): Promise<PoseFinder> {
  const { points, presentFrom } = model.output;
  const look = await openPersonNetwork(folder, model, [points], bodySquare, pool);
  return {
    identity,
    geometry: letterboxGeometry(model),
    presentFrom,
    find: (looks, displayAspect, signal) =>
      look(
        looks,
        displayAspect,
        (people, shown) => people.map((person) => pointsOf(model.name, person, shown)),
        signal,
      ),
  };
}

function pointsOf(name: string, { square, rows: [row] }: PersonOutputs, shown: PictureSides): BodyPoint[] {
  if (row?.length !== BODY_POINTS.length * NUMBERS)
    throw new EarsightError('EARSIGHT_MODEL_FAILED', {
      model: name,
      reason: `${row?.length ?? 0} numbers for ${BODY_POINTS.length} points`,
    });
  return BODY_POINTS.map((_, point) => {
    const [y = 0, x = 0, confidence = 0] = row.subarray(point * NUMBERS);
    return {
      confidence,
      x: (square.left + x * square.side) / shown.width,
      y: (square.top + y * square.side) / shown.height,
    };
  });
}

function bodySquare({ x, y, width, height }: Box, shown: PictureSides): Square {
  const [wide, high] = [width * shown.width, height * shown.height];
  const side = Math.max(wide, high) * MARGIN;
  return { left: x * shown.width + wide / 2 - side / 2, top: y * shown.height + high / 2 - side / 2, side };
}
