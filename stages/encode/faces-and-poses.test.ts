import { describe, expect, it } from 'vitest';
import type { Box, DetectedObject, FaceFinder, PoseFinder } from '../../models/encoders/encoder.js';
import { findFacesAndPoses } from './faces-and-poses.js';

const identity = { pack: 'test', name: 'people', role: 'faces', licence: 'none', sha256: 'f'.repeat(64) } as const;
const geometry = { width: 1, height: 1, fit: 'stretch' } as const;
const signal = new AbortController().signal;

/** A person whose box is a square. */
const person = (side: number, confidence = 0.9, label = 'person'): DetectedObject => ({
  ...{ label, confidence, x: 0, y: 0, width: side, height: side },
});

/** Networks that record the people they received with each frame, which is identified by its red channel. */
function finders() {
  const asked: { frame: number; sides: number[] }[] = [];
  const note = (frame: Uint8Array, people: readonly Box[]): void => {
    if (people.length > 0) asked.push({ frame: frame[0] ?? -1, sides: people.map(({ width }) => width) });
  };
  const faces: FaceFinder = {
    ...{ identity, geometry, presentFrom: 0.5 },
    find: (looks) => {
      for (const { frame, people } of looks) note(frame, people);
      return Promise.resolve(looks.map(({ people }) => people.map((box) => ({ ...box, confidence: 0.8 }))));
    },
  };
  const poses: PoseFinder = {
    ...{ identity, geometry, presentFrom: 0.3 },
    find: (looks) =>
      Promise.resolve(looks.map(({ people }) => people.map(({ width }) => [{ confidence: 0.7, x: width, y: width }]))),
  };
  return { asked, faces, poses };
}

const look = (found: DetectedObject[][], { faces, poses }: Partial<ReturnType<typeof finders>>) =>
  findFacesAndPoses(
    found,
    0.3,
    { faces: faces ?? null, poses: poses ?? null },
    () => Promise.resolve(Uint8Array.from(found.flatMap((_, index) => [index, index, index]))),
    1,
    signal,
  );

describe('findFacesAndPoses', () => {
  it('gives each network the frames with the confident people in them, the largest first', async () => {
    const networks = finders();
    const found = [[person(0.2), person(0.5), person(0.9, 0.29)], [], [person(0.3), person(1, 1, 'dog')]];
    const looked = await look(found, networks);
    expect(networks.asked).toEqual([
      { frame: 0, sides: [0.5, 0.2] },
      { frame: 2, sides: [0.3] },
    ]);
    // `object` is the index of the person among the objects.
    expect(looked[0]?.poses).toEqual([
      { object: 1, points: [[0.5, 0.5, 0.7]] },
      { object: 0, points: [[0.2, 0.2, 0.7]] },
    ]);
    expect(looked[1]).toEqual({ faces: [], poses: [] });
  });

  it('looks for no more than eight faces and two poses in a crowd', async () => {
    const networks = finders();
    const [looked] = await look([Array.from({ length: 20 }, (_, index) => person((index + 1) / 20))], networks);
    expect(networks.asked[0]?.sides).toHaveLength(8);
    expect(looked?.poses.map(({ object }) => object)).toEqual([19, 18]);
  });

  it('runs no network on frames without a confident person', async () => {
    const networks = finders();
    expect(await look([[person(0.5, 0.2)]], networks)).toEqual([{ faces: [], poses: [] }]);
    expect(networks.asked).toEqual([]);
  });

  it('works with only one of the two networks', async () => {
    const { faces, poses } = finders();
    expect((await look([[person(0.5)]], { faces }))[0]?.poses).toEqual([]);
    expect((await look([[person(0.5)]], { poses }))[0]?.faces).toEqual([]);
  });
});
