import type { ObjectsRow } from '../encode/encode-info.js';
import { PERSON } from '../encode/faces-and-poses.js';
import type { Sighting } from '../../core/schemas/objects.js';

type Box = ObjectsRow['objects'][number];
type Face = NonNullable<ObjectsRow['people']>['faces'][number];
type Attached = Pick<Sighting, 'face' | 'points'>;

export interface AttachedPeople {
  /** What belongs to the things of the row, by their place in it. */
  readonly ofObject: ReadonlyMap<number, Attached>;
  /** Faces of people whom the detector did not find. */
  readonly strangers: readonly Face[];
}

/**
 * Gives the people of one picture their points and faces. A face belongs to a sure person in whose box its middle lies; of
 * several to the one under whose upper edge it is nearest, and each person has one: the likeliest pair goes first.
 */
export function attachPeople({ objects, people }: ObjectsRow, sureFrom: number): AttachedPeople {
  const { faces = [], poses = [] } = people ?? {};
  const ofObject = new Map<number, Attached>(poses.map(({ object, points }) => [object, { points }]));
  const pairs = objects
    .flatMap((box, object) =>
      box.label === PERSON && box.confidence >= sureFrom
        ? faces.filter((face) => holds(box, face)).map((face) => ({ object, face, apart: fromHead(box, face) }))
        : [],
    )
    .sort((a, b) => a.apart - b.apart);
  const [owners, owned] = [new Set<number>(), new Set<Face>()];
  for (const { object, face } of pairs) {
    if (owners.has(object) || owned.has(face)) continue;
    owners.add(object);
    owned.add(face);
    ofObject.set(object, { ...ofObject.get(object), face });
  }
  return { ofObject, strangers: faces.filter((face) => !owned.has(face)) };
}

function holds(box: Box, face: Face): boolean {
  const [x, y] = [face.x + face.width / 2, face.y + face.height / 2];
  return x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height;
}

/** From the middle of the box's upper edge to that of the face's, in sides of the box. */
function fromHead(box: Box, face: Face): number {
  const across = (face.x + face.width / 2 - box.x - box.width / 2) / box.width;
  return Math.hypot(across, (face.y - box.y) / box.height);
}
