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

/** COCO's name, and that of every detector taught on it. */
export const PERSON = 'person';

/** Largest people of a frame whose faces are searched for: some 3 ms each on a core. */
const MOST_FACES = 8;
/** Largest people of a frame whose points are: some 10 ms each, so a crowd costs no more than two people. */
const MOST_POSES = 2;

export interface PeopleNetworks {
  readonly faces: FaceFinder | null;
  readonly poses: PoseFinder | null;
}

/** Whether a detector can say where the people are that faces and poses are looked for in. */
export function detectsPeople({ classes }: ObjectDetector): boolean {
  return classes.includes(PERSON);
}

type Looked = NonNullable<ObjectsRow['people']>;

/** The faces and body points of the sure people of some frames; `framesFor` gives the frames in a network's geometry. */
export async function findFacesAndPoses(
  found: readonly (readonly DetectedObject[])[],
  sureFrom: number,
  { faces, poses }: PeopleNetworks,
  framesFor: (geometry: FrameGeometry) => Promise<Uint8Array>,
  displayAspect: number,
  signal: AbortSignal,
): Promise<Looked[]> {
  const people = found.map((objects) =>
    objects
      .map((box, object) => ({ box, object }))
      .filter(({ box }) => box.label === PERSON && box.confidence >= sureFrom)
      .sort((a, b) => b.box.width * b.box.height - a.box.width * a.box.height),
  );
  if (people.every(({ length }) => length === 0)) return people.map(() => ({ faces: [], poses: [] }));
  const looks = async (geometry: FrameGeometry, most: number): Promise<PeopleInFrame[]> => {
    const frames = await framesFor(geometry);
    const size = frames.length / found.length;
    return people.map((ofFrame, index) => ({
      frame: frames.subarray(index * size, (index + 1) * size),
      people: ofFrame.slice(0, most).map(({ box }) => box),
    }));
  };
  const [foundFaces, foundPoses] = await Promise.all([
    faces && faces.find(await looks(faces.geometry, MOST_FACES), displayAspect, signal),
    poses && poses.find(await looks(poses.geometry, MOST_POSES), displayAspect, signal),
  ]);
  return people.map((ofFrame, index): Looked => ({
    faces: [...(foundFaces?.[index] ?? [])],
    poses: (foundPoses?.[index] ?? []).map((points, person) => ({
      object: ofFrame[person]?.object ?? 0,
      points: points.map(({ x, y, confidence }): BodyPoint => [x, y, confidence]),
    })),
  }));
}
