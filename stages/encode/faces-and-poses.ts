import type {
  DetectedObject,
  FaceFinder,
  FrameGeometry,
  ObjectDetector,
  PeopleInFrame,
  PoseFinder,
} from '../../models/encoders/encoder.js';
import type { BodyPoint } from '../../core/schemas/objects.js';
import type { ObjectsRow } from './encode-info.js';

/** The label for people in COCO, and in every detector trained on it. */
export const PERSON = 'person';

/** Faces are searched in this many of the largest people of a frame: about 3 ms each on one core. */
const MAX_FACES = 8;
/** Poses are searched in this many of the largest people: about 10 ms each, so a crowd costs no more than two people. */
const MAX_POSES = 2;

export interface PeopleNetworks {
  readonly faces: FaceFinder | null;
  readonly poses: PoseFinder | null;
}

/** Whether a detector finds the people in whom faces and poses are searched. */
export function detectsPeople({ classes }: ObjectDetector): boolean {
  return classes.includes(PERSON);
}

type PeopleRow = NonNullable<ObjectsRow['people']>;

/**
 * Finds the faces and body points of the people that a detector found in some frames.
 * @param found the detected objects of each frame
 * @param presentFrom people with less confidence are ignored
 * @param framesFor gives the pixels of these frames in a network's geometry
 */
export async function findFacesAndPoses(
  found: readonly (readonly DetectedObject[])[],
  presentFrom: number,
  { faces, poses }: PeopleNetworks,
  framesFor: (geometry: FrameGeometry) => Promise<Uint8Array>,
  displayAspect: number,
  signal: AbortSignal,
): Promise<PeopleRow[]> {
  const people = found.map((objects) =>
    objects
      .map((box, object) => ({ box, object }))
      .filter(({ box }) => box.label === PERSON && box.confidence >= presentFrom)
      .sort((a, b) => b.box.width * b.box.height - a.box.width * a.box.height),
  );
  if (people.every(({ length }) => length === 0)) return people.map(() => ({ faces: [], poses: [] }));
  const inputsFor = async (geometry: FrameGeometry, max: number): Promise<PeopleInFrame[]> => {
    const frames = await framesFor(geometry);
    const size = frames.length / found.length;
    return people.map((ofFrame, index) => ({
      frame: frames.subarray(index * size, (index + 1) * size),
      people: ofFrame.slice(0, max).map(({ box }) => box),
    }));
  };
  const [foundFaces, foundPoses] = await Promise.all([
    faces && faces.find(await inputsFor(faces.geometry, MAX_FACES), displayAspect, signal),
    poses && poses.find(await inputsFor(poses.geometry, MAX_POSES), displayAspect, signal),
  ]);
  return people.map((ofFrame, index): PeopleRow => ({
    faces: [...(foundFaces?.[index] ?? [])],
    poses: (foundPoses?.[index] ?? []).map((points, person) => ({
      object: ofFrame[person]?.object ?? 0,
      points: points.map(({ x, y, confidence }): BodyPoint => [x, y, confidence]),
    })),
  }));
}
