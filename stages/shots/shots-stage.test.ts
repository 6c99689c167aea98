import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { extractFor, shotsOf } from '../testing/run-stage.js';
import { shotsStage } from './shots-stage.js';
import { FIXTURES_OUT, makeFixtures } from '../../fixtures/make.js';
import type { FixtureTruth } from '../../fixtures/truth.js';

let work = '';
let fixtures: readonly FixtureTruth[] = [];

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'earsight-shots-'));
  const only = ['camera/', 'cuts/hard-cuts', 'cuts/ntsc-cuts', 'cuts/flash', 'cuts/fast-pan', 'odd/sound-only.wav'];
  fixtures = (await makeFixtures(FIXTURES_OUT, { only })).files.filter(({ skipped }) => skipped === null);
}, 300_000);
afterAll(() => rm(work, { recursive: true, force: true }));

describe('shotsStage on drawn films', () => {
  it('names the camera movement of every drawn camera film', async () => {
    const films = fixtures.filter(({ group }) => group === 'camera');
    expect(films.length).toBe(8);
    for (const film of films) {
      const { shots } = await shoot(film.path);
      expect(
        shots.map(({ camera }) => camera?.movement),
        film.path,
      ).toEqual(film.shots.map(({ movement }) => movement));
    }
  }, 120_000);

  it('finds hard cuts on their frame, and none in a flash or a fast pan', async () => {
    const films = fixtures.filter(({ group }) => group === 'cuts');
    expect(films.length).toBe(4);
    for (const film of films) {
      const { cutsSec, precision } = await shoot(film.path);
      expect(precision).toBe('frame');
      expect(cutsSec.length, film.path).toBe(film.cutsSec.length);
      // To the millisecond: the clock of the container is no finer.
      for (const [i, cut] of cutsSec.entries()) expect(Math.abs(cut - (film.cutsSec[i] ?? NaN))).toBeLessThan(0.0015);
    }
  }, 120_000);

  it('writes one key frame per shot, from inside the shot', async () => {
    const extract = await extractFor(join(FIXTURES_OUT, 'cuts/hard-cuts.mp4'), work);
    const { file, folder } = await shotsOf(extract, work);
    expect(file.shots.length).toBe(6);
    for (const { index, startSec, endSec, keyFrame } of file.shots) {
      expect(keyFrame?.path).toBe(`keyframes/shot-000${index + 1}.jpg`);
      expect(keyFrame?.timeSec).toBeGreaterThanOrEqual(startSec);
      expect(keyFrame?.timeSec).toBeLessThan(endSec);
      const picture = await sharp(join(folder, keyFrame?.path ?? '')).metadata();
      expect(picture).toMatchObject({ format: 'jpeg', width: 320, height: 180 });
    }
  });

  it('marks cuts as approximate and reports no camera movement when only key frames were decoded', async () => {
    const extract = await extractFor(join(FIXTURES_OUT, 'cuts/hard-cuts.mp4'), work, { frameMode: 'keyframes' });
    const { file } = await shotsOf(extract, work);
    expect(file.precision).toBe('keyframe');
    expect(file.detector).toMatchObject({ name: 'content', minSceneFrames: 0 });
    expect(file.shots.length).toBeGreaterThan(0);
    expect(file.shots.every(({ camera }) => camera === null)).toBe(true);
  });

  it('makes no shot shorter than the minimum in seconds, whichever detector is chosen', async () => {
    const extract = await extractFor(join(FIXTURES_OUT, 'cuts/hard-cuts.mp4'), work);
    for (const detector of ['adaptive', 'content'] as const) {
      const lengths = async (minShotSec: number): Promise<number[]> =>
        (await shotsOf(extract, work, { detector, minShotSec })).file.shots.map((shot) => shot.endSec - shot.startSec);
      const all = (await lengths(0)).toSorted((a, b) => a - b);
      expect(all.length).toBe(6);
      const minimum = (all.at(-1) ?? 0) * 1.01;
      const long = await lengths(minimum);
      expect(long.length).toBeLessThan(6);
      // The end of the video cuts the last shot.
      expect(Math.min(...long.slice(0, -1)), detector).toBeGreaterThanOrEqual(minimum);
    }
  });

  it('takes the threshold it is given, and keeps the published parameters by default', async () => {
    const extract = await extractFor(join(FIXTURES_OUT, 'cuts/hard-cuts.mp4'), work);
    const { file } = await shotsOf(extract, work, { detector: 'content', threshold: 255 });
    expect(file.shots.length).toBe(1);
    expect(file.detector).toEqual({ name: 'content', threshold: 255, minSceneFrames: 15 });
    expect((await shotsOf(extract, work)).file.detector).toEqual({
      name: 'adaptive',
      threshold: 3,
      minSceneFrames: 15,
    });
    expect(shotsStage.params.parse({})).toStrictEqual({ detector: 'adaptive', minSceneFrames: 15 });
  });

  it('writes empty lists for a sound file', async () => {
    const { shots, cutsSec } = await shoot('odd/sound-only.wav');
    expect({ shots, cutsSec }).toEqual({ shots: [], cutsSec: [] });
  });
});

async function shoot(path: string) {
  expect(existsSync(join(FIXTURES_OUT, path))).toBe(true);
  const extract = await extractFor(join(FIXTURES_OUT, path), work);
  const { file } = await shotsOf(extract, work);
  await rm(extract.folder, { recursive: true });
  return file;
}
