import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { BODY_POINTS } from '../../models/encoders/body-points.js';
import {
  objectsFileSchema,
  type BodyPoint,
  type Box,
  type ObjectsFile,
  type ObjectTrack,
  type Sighting,
} from '../../core/schemas/objects.js';
import { shotsFileSchema } from '../../core/schemas/shots.js';
import { readLines } from '../../core/store/read-lines.js';
import { ENCODE_FILE, OBJECTS_FILE, encodeInfoSchema, objectsRowSchema } from '../encode/encode-info.js';
import { defineStage } from '../services.js';
import { attachPeople } from './attach-people.js';
import { Tracker } from './tracker.js';

const paramsSchema = z.strictObject({});

/** Positions and confidences keep four decimals: no detector is reproducible more finely across devices. */
const PRECISION = 1e4;

/**
 * Joins the boxes of single pictures into tracks through a shot: `objects.json`. People keep their face and body points in
 * every sighting; a face that belongs to no detected person is followed as an object of its own.
 */
export const trackStage = defineStage({
  name: 'track',
  version: 2,
  inputs: ['encode', 'shots'],
  params: paramsSchema,
  resource: 'light',
  scratch: false,
  async run({ inputs, folder, signal }) {
    const { encode, shots } = inputs;
    const info = await encode.json(ENCODE_FILE, encodeInfoSchema);
    const { cutsSec } = await shots.json('shots.json', shotsFileSchema);
    const { people } = info;
    const presentFrom = new Map(info.detectors.map((detector) => [detector.model.sha256, detector.presentFrom]));
    if (people?.faces) presentFrom.set(people.faces.model.sha256, people.faces.presentFrom);
    const trackers = new Map<string, { model: string; label: string; shot: number; tracker: Tracker }>();
    const path = join(encode.folder, OBJECTS_FILE);
    const lines = existsSync(path) ? readLines(path, signal) : [];
    for await (const line of lines) {
      signal.throwIfAborted();
      const row = objectsRowSchema.parse(JSON.parse(line));
      const { frame, model, objects } = row;
      const timeSec = info.frameTimesSec[frame] ?? 0;
      const shot = cutsSec.filter((cut) => cut <= timeSec).length;
      const follow = (by: string, label: string, detections: readonly Detection[]): void => {
        const key = JSON.stringify([by, label, shot]);
        const entry = trackers.get(key) ?? { model: by, label, shot, tracker: new Tracker(presentFrom.get(by) ?? 1) };
        trackers.set(key, entry);
        entry.tracker.update(
          timeSec,
          detections.map((detection) => sightingOf(detection, timeSec, frame)),
        );
      };
      const { byObject, unmatchedFaces } = attachPeople(row, presentFrom.get(model) ?? 1);
      const detections = objects.map((box, object) => ({ ...box, ...byObject.get(object) }));
      for (const label of new Set(objects.map((object) => object.label)))
        follow(
          model,
          label,
          detections.filter((detection) => detection.label === label),
        );
      if (people?.faces && unmatchedFaces.length > 0) follow(people.faces.model.sha256, 'face', unmatchedFaces);
    }
    const tracks = [...trackers.values()].flatMap(({ model, label, shot, tracker }) =>
      tracker.tracks.map(({ sightings }) => {
        const confident = sightings.filter(({ confidence }) => confidence >= (presentFrom.get(model) ?? 1));
        const confidence = rounded(
          confident.reduce((sum, box) => sum + box.confidence, 0) / Math.max(confident.length, 1),
        );
        const [startSec, endSec] = [sightings[0]?.timeSec ?? 0, sightings.at(-1)?.timeSec ?? 0];
        return { model, label, shot, startSec, endSec, confidence, sightings };
      }),
    );
    tracks.sort((a, b) => a.startSec - b.startSec || b.confidence - a.confidence);
    const file: ObjectsFile = {
      schema: 1,
      models: [...info.detectors, people?.faces, people?.poses].flatMap((network) => network?.model ?? []),
      ...(people?.poses ? { bodyPoints: { names: [...BODY_POINTS], presentFrom: people.poses.presentFrom } } : {}),
      tracks: tracks.map((track, id): ObjectTrack => ({ id, ...track })),
    };
    await writeFile(join(folder, 'objects.json'), JSON.stringify(objectsFileSchema.parse(file)));
  },
});

type Detection = Omit<Sighting, 'timeSec' | 'frame'>;

function sightingOf({ face, points, ...box }: Detection, timeSec: number, frame: number): Sighting {
  return {
    timeSec,
    frame,
    ...roundedBox(box),
    ...(face === undefined ? {} : { face: roundedBox(face) }),
    ...(points === undefined
      ? {}
      : { points: points.map(([x, y, confidence]): BodyPoint => [rounded(x), rounded(y), rounded(confidence)]) }),
  };
}

function roundedBox({ confidence, x, y, width, height }: Box): Box {
  return {
    confidence: rounded(confidence),
    x: rounded(x),
    y: rounded(y),
    width: rounded(width),
    height: rounded(height),
  };
}

function rounded(value: number): number {
  return Math.round(value * PRECISION) / PRECISION;
}
