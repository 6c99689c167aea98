import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { objectsFileSchema, type ObjectsFile } from '../../core/schemas/objects.js';
import { Artefact } from '../../core/stage.js';
import type { EncodeInfo, ObjectsRow } from '../encode/encode-info.js';
import { runStage } from '../testing/run-stage.js';
import { trackStage } from './track-stage.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earsight-track-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const model = (name: string, role: string, digit: string) => ({
  ...{ pack: 'test', name, role, licence: 'MIT', sha256: digit.repeat(64) },
});
const boxes = { model: model('boxes', 'objects', 'a'), classes: ['person'], presentFrom: 0.3 };
const people = {
  detector: boxes.model.sha256,
  faces: { model: model('faces', 'faces', 'b'), presentFrom: 0.5 },
  poses: { model: model('poses', 'poses', 'c'), presentFrom: 0.3 },
};

/** Runs the stage over rows of one frame per second. */
async function follow(
  peopleInfo: EncodeInfo['people'],
  rows: Omit<ObjectsRow, 'frame' | 'model'>[],
): Promise<ObjectsFile> {
  const info: EncodeInfo = {
    ...{ schema: 1, device: 'cpu', frameMode: 'all', durationSec: rows.length, segmentSec: 1, hasSound: false },
    ...{ segments: rows.length, segmentFrame: [], encoders: [], levelsDbfs: [] },
    frameTimesSec: rows.map((_, second) => second + 0.5),
    detectors: [boxes],
    people: peopleInfo,
  };
  const lines = rows.map((row, frame) => JSON.stringify({ frame, model: boxes.model.sha256, ...row }));
  const detector = { name: 'adaptive', threshold: 3, minSceneFrames: 15 };
  const shots = { schema: 1, detector, precision: 'frame', cutsSec: [], shots: [] };
  const artefacts = ['encode', 'shots'].map((stage) => new Artefact({ key: 'k', stage, folder: join(folder, stage) }));
  for (const artefact of artefacts) await mkdir(artefact.folder, { recursive: true });
  await writeFile(join(folder, 'encode/encode.json'), JSON.stringify(info));
  await writeFile(join(folder, 'encode/objects.jsonl'), lines.map((line) => `${line}\n`).join(''));
  await writeFile(join(folder, 'shots/shots.json'), JSON.stringify(shots));
  const [encode, shot] = artefacts;
  if (!encode || !shot) throw new Error('two artefacts');
  const made = await runStage(trackStage, {}, '', folder, { encode, shots: shot });
  return objectsFileSchema.parse(JSON.parse(await readFile(join(made.folder, 'objects.json'), 'utf8')));
}

const body = { label: 'person', confidence: 0.8, x: 0.2, y: 0.2, width: 0.3, height: 0.7 };
const face = { confidence: 0.91234567, x: 0.3, y: 0.22, width: 0.1, height: 0.12 };

it('keeps the face and body points of a tracked person in each sighting, and names the points', async () => {
  const points = Array.from({ length: 17 }, (_, at): [number, number, number] => [at / 20, 0.123456, 0.5]);
  const { tracks, models, bodyPoints } = await follow(people, [
    { objects: [body], people: { faces: [face], poses: [{ object: 0, points }] } },
    { objects: [body], people: { faces: [], poses: [] } },
  ]);
  expect(models.map(({ role }) => role)).toEqual(['objects', 'faces', 'poses']);
  expect(bodyPoints?.names).toHaveLength(17);
  expect(bodyPoints?.presentFrom).toBe(0.3);
  expect(tracks).toHaveLength(1);
  const [first, second] = tracks[0]?.sightings ?? [];
  expect(first?.face).toEqual({ ...face, confidence: 0.9123 });
  expect(first?.points?.[10]).toEqual([0.5, 0.1235, 0.5]);
  expect(second).not.toHaveProperty('face');
  expect(second).not.toHaveProperty('points');
});

it('tracks a face that belongs to no detected person as an object of its own', async () => {
  const alone = { objects: [], people: { faces: [face], poses: [] } };
  const { tracks } = await follow(people, [alone, alone]);
  expect(tracks.map(({ label, model: by, sightings }) => [label, by, sightings.length])).toEqual([
    ['face', people.faces.model.sha256, 2],
  ]);
});

it('writes no faces and points where no network looks for people', async () => {
  const file = await follow(null, [{ objects: [body] }]);
  expect(file.models).toHaveLength(1);
  expect(file).not.toHaveProperty('bodyPoints');
  expect(file.tracks[0]?.sightings).toHaveLength(1);
});
