import { describe, expect, it } from 'vitest';
import type { ObjectsFile, Sighting } from '../../core/schemas/objects.js';
import type { Shot } from '../../core/schemas/shots.js';
import { looksOf } from './looks.js';

function trackOf(label: string, id: number, sightings: Sighting[]): ObjectsFile['tracks'][number] {
  return { id, model: '', label, shot: 0, startSec: 0, endSec: 0, confidence: 1, sightings };
}

const look = (timeSec: number, more: Partial<Sighting> = {}): Sighting => ({
  ...{ timeSec, frame: 0, confidence: 0.456, x: 0.1, y: 0.2, width: 0.3, height: 0.4 },
  ...more,
});

const shotAt = (timeSec: number): Shot => ({
  ...{ index: 0, startSec: 0, endSec: 1, camera: null, keyFrame: { timeSec, path: '' } },
});

describe('looksOf', () => {
  it('groups detections by time, with only confident points inside the picture', () => {
    const face = { confidence: 0.9, x: 0.15, y: 0.2, width: 0.1, height: 0.1 };
    const points: Sighting['points'] = [
      [0.2, 0.25, 0.8],
      [0.5, 0.5, 0.29],
      [0.5, 1.2, 0.9],
    ];
    const tracks = [
      trackOf('person', 0, [look(0.5, { face, points }), look(1.5)]),
      trackOf('dog', 1, [look(1.5, { x: -0.01 })]),
    ];
    const bodyPoints = { names: ['a', 'b', 'c'], presentFrom: 0.3 };
    const { things, looks, leftOut } = looksOf({ schema: 1, models: [], bodyPoints, tracks }, []);
    expect(things).toEqual(['person', 'dog']);
    expect(looks).toEqual([
      [0.5, [[0, 0, [46, 100, 200, 300, 400], [90, 150, 200, 100, 100], [0, 200, 250, 80]]]],
      [
        1.5,
        [
          [0, 0, [46, 100, 200, 300, 400], null, []],
          [1, 1, [46, -10, 200, 300, 400], null, []],
        ],
      ],
    ]);
    expect(leftOut).toBe(0);
  });

  it('keeps the detections of key frames where not all fit', () => {
    const crowd = Array.from({ length: 10 }, (_, id) =>
      trackOf(
        'person',
        id,
        Array.from({ length: 1000 }, (_, second) => look(second + 0.5)),
      ),
    );
    const { looks, leftOut } = looksOf({ schema: 1, models: [], tracks: crowd }, [shotAt(900.5)]);
    expect(looks).toHaveLength(500);
    expect(leftOut).toBe(500);
    expect(looks.at(-1)?.[0]).toBe(900.5);
    expect(looks.at(-2)?.[0]).toBe(498.5);
  });
});
