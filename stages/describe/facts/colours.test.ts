import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { colourName, shotColours } from './colours.js';

it.each([
  ['red', 200, 30, 30],
  ['orange', 250, 140, 20],
  ['yellow', 240, 220, 40],
  ['green', 40, 140, 50],
  ['blue', 60, 110, 220],
  ['purple', 120, 40, 180],
  ['pink', 250, 160, 170],
  ['brown', 110, 70, 40],
  ['white', 245, 245, 250],
  ['grey', 128, 128, 128],
  ['black', 12, 10, 15],
] as const)('calls a colour %s', (name, red, green, blue) => {
  expect(colourName(red, green, blue)).toBe(name);
});

it('measures the parts of a key frame and the inside of a box', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'earsight-colours-'));
  try {
    const svg = `<svg width="300" height="300"><rect width="300" height="150" fill="#3c6edc"/><rect y="150" width="300" height="150" fill="#288c32"/><rect x="100" y="150" width="100" height="100" fill="#c81e1e"/></svg>`;
    await sharp(Buffer.from(svg)).png().toFile(join(folder, 'a.png'));
    const look = { timeSec: 1, frame: 1, confidence: 0.9, x: 1 / 3, y: 0.5, width: 1 / 3, height: 1 / 3 };
    const track = {
      id: 7,
      model: '',
      label: 'car',
      shot: 0,
      startSec: 1,
      endSec: 1,
      confidence: 0.9,
      sightings: [look],
    };
    const shot = { index: 0, startSec: 0, endSec: 2, camera: null, keyFrame: { timeSec: 1, path: 'a.png' } };
    const colours = await shotColours(folder, shot, { schema: 1, models: [], tracks: [track] });
    expect(colours?.whole[0]).toMatchObject({ name: 'blue' });
    expect(colours?.upper).toEqual([{ name: 'blue', share: 1 }]);
    expect(colours?.lower[0]?.name).toBe('green');
    expect(colours?.ofTrack.get(7)).toEqual([{ name: 'red', share: 1 }]);
    expect(await shotColours(folder, { ...shot, keyFrame: null }, { schema: 1, models: [], tracks: [] })).toBeNull();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
