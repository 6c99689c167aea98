import { describe, expect, it } from 'vitest';
import type { ObjectsRow } from '../encode/encode-info.js';
import { attachPeople } from './attach-people.js';

type Box = ObjectsRow['objects'][number];
type Face = NonNullable<ObjectsRow['people']>['faces'][number];

const person = (x: number, y: number, width: number, height: number, confidence = 0.8): Box => ({
  ...{ label: 'person', confidence, x, y, width, height },
});
const face = (x: number, y: number, side = 0.1): Face => ({ confidence: 0.9, x, y, width: side, height: side });

function attach(objects: Box[], faces: Face[], poses: NonNullable<ObjectsRow['people']>['poses'] = []) {
  const { byObject, unmatchedFaces } = attachPeople({ frame: 0, model: '', objects, people: { faces, poses } }, 0.3);
  return { faces: objects.map((_, object) => byObject.get(object)?.face), byObject, unmatchedFaces };
}

describe('attachPeople', () => {
  it('assigns a face to the person whose box holds it, near the upper edge', () => {
    const [left, right] = [face(0.15, 0.21), face(0.65, 0.22)];
    expect(attach([person(0.1, 0.2, 0.2, 0.7), person(0.6, 0.2, 0.2, 0.7)], [right, left]).faces).toEqual([
      left,
      right,
    ]);
  });

  it('does not assign the face of a child to the larger person behind it', () => {
    const [adult, child] = [person(0.2, 0.1, 0.5, 0.9), person(0.3, 0.5, 0.2, 0.5)];
    const [above, below] = [face(0.4, 0.12), face(0.35, 0.52)];
    expect(attach([adult, child], [below, above]).faces).toEqual([above, below]);
    expect(attach([adult, child], [below]).faces).toEqual([undefined, below]);
  });

  it('leaves a face unmatched without a confident person, and the second face of a person', () => {
    const outside = face(0.8, 0.1);
    expect(attach([person(0.1, 0.1, 0.3, 0.8)], [outside]).unmatchedFaces).toEqual([outside]);
    const unlikely = person(0.7, 0, 0.3, 0.9, 0.2);
    expect(attach([unlikely], [outside]).unmatchedFaces).toEqual([outside]);
    expect(attach([person(0.1, 0.1, 0.3, 0.8)], [face(0.2, 0.1), face(0.2, 0.5)]).unmatchedFaces).toHaveLength(1);
    expect(attach([{ ...person(0.1, 0.1, 0.3, 0.8), label: 'dog' }], [face(0.2, 0.1)]).unmatchedFaces).toHaveLength(1);
  });

  it('keeps body points with the object they were found in', () => {
    const points: [number, number, number][] = [[0.5, 0.5, 0.9]];
    const boxes = [person(0, 0, 0.2, 0.2), person(0.4, 0.1, 0.3, 0.8)];
    const { byObject } = attach(boxes, [face(0.5, 0.1)], [{ object: 1, points }]);
    expect(byObject.get(0)).toBeUndefined();
    expect(byObject.get(1)).toEqual({ points, face: face(0.5, 0.1) });
  });
});
