import { EarsightError } from '../../core/errors.js';
import type { ModelOf } from '../manifest/manifest.js';
import type { InferencePool } from '../runtime/inference-pool.js';
import { BODY_POINTS } from './body-points.js';
import type { Square } from './cut-out.js';
import type { BodyPoint, Box, ModelIdentity, PoseFinder } from './encoder.js';
import { letterboxGeometry, type FrameSides } from './letterbox.js';
import { openPersonNetwork, type PersonOutputs } from './person-network.js';

/** The square is this much larger than the longer side of the box: the network needs space around the person (docs/decisions/0053). */
const MARGIN = 1.25;

/** Numbers per point: y, x, score. */
const NUMBERS = 3;

/** Opens a pose network, which finds the body points of one person at a time. */
export async function openPoses(
  identity: ModelIdentity,
  folder: string,
  model: ModelOf<'poses'>,
  pool: InferencePool,
): Promise<PoseFinder> {
  const { points, presentFrom } = model.output;
  const runOnPeople = await openPersonNetwork(folder, model, [points], bodySquare, pool);
  return {
    identity,
    geometry: letterboxGeometry(model),
    presentFrom,
    find: (looks, displayAspect, signal) =>
      runOnPeople(
        looks,
        displayAspect,
        (people, picture) => people.map((person) => pointsOf(model.name, person, picture)),
        signal,
      ),
  };
}

function pointsOf(name: string, { square, rows: [row] }: PersonOutputs, picture: FrameSides): BodyPoint[] {
  if (row?.length !== BODY_POINTS.length * NUMBERS)
    throw new EarsightError('EARSIGHT_MODEL_FAILED', {
      model: name,
      reason: `${row?.length ?? 0} numbers for ${BODY_POINTS.length} points`,
    });
  return BODY_POINTS.map((_, point) => {
    const [y = 0, x = 0, confidence = 0] = row.subarray(point * NUMBERS);
    return {
      confidence,
      x: (square.left + x * square.side) / picture.width,
      y: (square.top + y * square.side) / picture.height,
    };
  });
}

function bodySquare({ x, y, width, height }: Box, picture: FrameSides): Square {
  const [wide, high] = [width * picture.width, height * picture.height];
  const side = Math.max(wide, high) * MARGIN;
  return { left: x * picture.width + wide / 2 - side / 2, top: y * picture.height + high / 2 - side / 2, side };
}
