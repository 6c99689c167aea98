import { BODY_POINTS } from '../../models/encoders/body-points.js';
import type { BodyPoint, DetectedFace } from '../../models/encoders/encoder.js';
import type { FrameTruth } from './truths.js';

/** Tolerance for a body point, as a share of the shoulder width; it corresponds to PCKh's half of a head length. */
const SHARE_OF_SHOULDERS = 0.3;
/** Tolerance if not both shoulders are annotated, as a share of the picture's longer side. */
const SHARE_OF_PICTURE = 0.05;

export interface Tally {
  right: number;
  /** False positives. */
  wrong: number;
  /** False negatives. */
  missed: number;
}

export const emptyTally = (): Tally => ({ right: 0, wrong: 0, missed: 0 });

/** A face counts as found if its annotated centre lies in a detected box. A box around a doubtful face is ignored. */
export function scoreFaces({ faces, doubtful }: FrameTruth, found: readonly DetectedFace[], tally: Tally): void {
  const around = ([x, y]: readonly [number, number], face: DetectedFace): boolean =>
    x >= face.x && x <= face.x + face.width && y >= face.y && y <= face.y + face.height;
  const left = new Set(found);
  for (const truth of faces) {
    const face = [...left].find((one) => around(truth, one));
    if (face) left.delete(face);
    tally[face ? 'right' : 'missed'] += 1;
  }
  for (const face of left) if (!doubtful.some((truth) => around(truth, face))) tally.wrong += 1;
}

/**
 * Scores the points of the detected person that matches the annotated one best. A point below `presentFrom` counts as
 * not detected. Returns the names of the missed points.
 */
export function scorePoints(
  { points }: FrameTruth,
  people: readonly (readonly BodyPoint[])[],
  presentFrom: number,
  aspect: number,
  tallyOf: (point: string) => Tally,
): string[] {
  const truths = Object.entries(points);
  const [left, right] = [points['left shoulder'], points['right shoulder']];
  const apart = ([x, y]: readonly [number, number], [u, v]: readonly [number, number]): number =>
    Math.hypot((x - u) * Math.max(aspect, 1), (y - v) * Math.max(1 / aspect, 1)) / Math.max(aspect, 1 / aspect);
  const tolerance = left && right ? SHARE_OF_SHOULDERS * apart(left, right) : SHARE_OF_PICTURE;
  const scored = people.map((person) =>
    truths.map(([name, truth]) => {
      const point = person[BODY_POINTS.indexOf(name)];
      const detected = point !== undefined && point.confidence >= presentFrom;
      return { name, detected, near: detected && apart([point.x, point.y], truth) <= tolerance };
    }),
  );
  const hits = (person: (typeof scored)[number]): number => person.filter(({ near }) => near).length;
  const [best] = scored.sort((a, b) => hits(b) - hits(a));
  const results = best ?? truths.map(([name]) => ({ name, detected: false, near: false }));
  for (const { name, detected, near } of results) {
    const tally = tallyOf(name);
    if (near) tally.right += 1;
    else tally.missed += 1;
    if (detected && !near) tally.wrong += 1;
  }
  return results.flatMap(({ name, near }) => (near ? [] : [name]));
}

/** Counts knees and ankles that are detected although none is visible as `wrong`, and the others as `right`. */
export function scoreLegs(people: readonly (readonly BodyPoint[])[], presentFrom: number, tally: Tally): void {
  for (const person of people)
    for (const [index, name] of BODY_POINTS.entries())
      if (/knee|ankle/.test(name)) {
        const { confidence = 0, x = 0, y = 0 } = person[index] ?? {};
        // A point outside the picture is where the network expects the leg to continue; such points are not drawn.
        const detected = confidence >= presentFrom && x >= 0 && x <= 1 && y >= 0 && y <= 1;
        tally[detected ? 'wrong' : 'right'] += 1;
      }
}
