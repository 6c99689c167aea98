import type { ObjectTrack } from '../../core/schemas/objects.js';
import type { ShotType } from '../../core/schemas/script.js';

/**
 * The least height of a face, in heights of the picture, for each type: a face is about an eighth of a standing body, so a
 * full shot, which shows a whole body, shows faces of a tenth of the picture and less.
 */
const BY_FACE: readonly (readonly [number, ShotType])[] = [
  [0.6, 'extreme-close-up'],
  [0.3, 'close-up'],
  [0.17, 'medium-close-up'],
  [0.1, 'medium'],
  [0.05, 'full'],
  [0.02, 'long'],
  [0, 'extreme-long'],
];
/** The same for the height of a body that shows whole, from head to foot. */
const BY_BODY: readonly (readonly [number, ShotType])[] = [
  [0.5, 'full'],
  [0.2, 'long'],
  [0, 'extreme-long'],
];
/** A box nearer to the edge than this may be cut off by it. */
const EDGE = 0.02;

/** The shot type from the largest certain person, by the face, or by a body that shows whole; otherwise unknown. */
export function shotTypeOf(people: readonly ObjectTrack[]): ShotType {
  const looks = people.flatMap(({ sightings }) => sightings);
  const faces = looks.flatMap(({ face }) => face?.height ?? []);
  if (faces.length * 2 >= looks.length && faces.length > 0) return typeOf(BY_FACE, median(faces));
  const whole = looks.filter(({ y, height }) => y > EDGE && y + height < 1 - EDGE);
  return whole.length * 2 > looks.length ? typeOf(BY_BODY, median(whole.map(({ height }) => height))) : 'unknown';
}

function typeOf(limits: readonly (readonly [number, ShotType])[], height: number): ShotType {
  return limits.find(([least]) => height >= least)?.[1] ?? 'unknown';
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
