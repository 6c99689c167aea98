import type { ObjectsRow } from '../encode/encode-info.js';
import { PERSON } from '../encode/faces-and-poses.js';
import type { Sighting } from '../../core/schemas/objects.js';

type Box = ObjectsRow['objects'][number];
type Face = NonNullable<ObjectsRow['people']>['faces'][number];
type FaceAndPoints = Pick<Sighting, 'face' | 'points'>;

interface AttachedPeople {
  /** Face and body points by the index of the object in the row. */
  readonly byObject: ReadonlyMap<number, FaceAndPoints>;
  /** Faces that belong to no detected person. */
  readonly unmatchedFaces: readonly Face[];
}

/**
 * Assigns the body points and faces of one picture to its people. A face belongs to a confidently detected person whose box
 * holds the centre of the face. Each person gets at most one face and each face at most one person: pairs are matched
 * greedily, in order of the distance between the upper edges of face and box.
 * @param presentFrom confidence from which a person counts as detected
 */
export function attachPeople({ objects, people }: ObjectsRow, presentFrom: number): AttachedPeople {
  const { faces = [], poses = [] } = people ?? {};
  const byObject = new Map<number, FaceAndPoints>(poses.map(({ object, points }) => [object, { points }]));
  const pairs = objects
    .flatMap((box, object) =>
      box.label === PERSON && box.confidence >= presentFrom
        ? faces.filter((face) => holds(box, face)).map((face) => ({ object, face, distance: headDistance(box, face) }))
        : [],
    )
    .sort((a, b) => a.distance - b.distance);
  const [matchedObjects, matchedFaces] = [new Set<number>(), new Set<Face>()];
  for (const { object, face } of pairs) {
    if (matchedObjects.has(object) || matchedFaces.has(face)) continue;
    matchedObjects.add(object);
    matchedFaces.add(face);
    byObject.set(object, { ...byObject.get(object), face });
  }
  return { byObject, unmatchedFaces: faces.filter((face) => !matchedFaces.has(face)) };
}

function holds(box: Box, face: Face): boolean {
  const [x, y] = [face.x + face.width / 2, face.y + face.height / 2];
  return x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height;
}

/** Distance between the middles of the upper edges of box and face, in sides of the box. */
function headDistance(box: Box, face: Face): number {
  const across = (face.x + face.width / 2 - box.x - box.width / 2) / box.width;
  return Math.hypot(across, (face.y - box.y) / box.height);
}
