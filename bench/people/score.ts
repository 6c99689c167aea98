import { BODY_POINTS } from '../../models/encoders/body-points.js';
import type { BodyPoint, DetectedFace } from '../../models/encoders/encoder.js';
import type { FrameTruth } from './truths.js';

/** How far a point may lie from where we saw it: the share of the breadth of the shoulders that PCKh's half a head is. */
const SHARE_OF_SHOULDERS = 0.3;
/** Where not both shoulders are seen: the share of the picture's longer side. */
const SHARE_OF_PICTURE = 0.05;

export interface Tally {
  right: number;
  /** Said, and not so. */
  wrong: number;
  /** So, and not said. */
  missed: number;
}

export const emptyTally = (): Tally => ({ right: 0, wrong: 0, missed: 0 });

/** A face is found when the middle we wrote down lies in its box; one around a doubtful face does not count. */
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

/** The points of whichever person is nearest to the one we looked at; a doubtful point is not said. Returns those missed. */
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
  const reach = left && right ? SHARE_OF_SHOULDERS * apart(left, right) : SHARE_OF_PICTURE;
  const judged = people.map((person) =>
    truths.map(([name, truth]) => {
      const point = person[BODY_POINTS.indexOf(name)];
      const said = point !== undefined && point.confidence >= presentFrom;
      return { name, said, near: said && apart([point.x, point.y], truth) <= reach };
    }),
  );
  const hits = (one: (typeof judged)[number]): number => one.filter(({ near }) => near).length;
  const [best] = judged.sort((a, b) => hits(b) - hits(a));
  const judgements = best ?? truths.map(([name]) => ({ name, said: false, near: false }));
  for (const { name, said, near } of judgements) {
    const tally = tallyOf(name);
    if (near) tally.right += 1;
    else tally.missed += 1;
    if (said && !near) tally.wrong += 1;
  }
  return judgements.flatMap(({ name, near }) => (near ? [] : [name]));
}

/** Knees and ankles that are said where none can be seen; `right` are those that are not said. */
export function scoreLegs(people: readonly (readonly BodyPoint[])[], presentFrom: number, tally: Tally): void {
  for (const person of people)
    for (const [index, name] of BODY_POINTS.entries())
      if (/knee|ankle/.test(name)) {
        const { confidence = 0, x = 0, y = 0 } = person[index] ?? {};
        // A point beyond the picture's edge is where the network thinks the leg goes on, and is not drawn.
        const said = confidence >= presentFrom && x >= 0 && x <= 1 && y >= 0 && y <= 1;
        tally[said ? 'wrong' : 'right'] += 1;
      }
}
