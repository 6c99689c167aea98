import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EarsightError } from '../../pipeline/errors.js';
import {
  objectsFileSchema,
  type ObjectsFile,
  type ObjectTrack,
  type Sighting,
} from '../../pipeline/schemas/objects.js';
import { shotsFileSchema } from '../../pipeline/schemas/shots.js';
import type { Artefact, Stage } from '../../pipeline/stage.js';
import { readLines } from '../../pipeline/store/read-lines.js';
import { encodeInfoSchema, objectsRowSchema } from '../encode/encode-info.js';
import type { StageServices } from '../services.js';
import { Tracker } from './tracker.js';

const paramsSchema = z.strictObject({});

/** Digits kept of positions and confidences: finer than any detector is reproducible across devices. */
const DIGITS = 1e4;

/** The boxes of single pictures into things followed through a shot: `objects.json`. */
export const trackStage: Stage<z.infer<typeof paramsSchema>, StageServices> = {
  name: 'track',
  version: 1,
  inputs: ['encode', 'shots'],
  params: paramsSchema,
  resource: 'light',
  scratch: false,
  async run({ inputs, folder, signal }) {
    const encode = input(inputs, 'encode');
    const info = encodeInfoSchema.parse(JSON.parse(await readFile(join(encode.folder, 'encode.json'), 'utf8')));
    const shotsText = await readFile(join(input(inputs, 'shots').folder, 'shots.json'), 'utf8');
    const { cutsSec } = shotsFileSchema.parse(JSON.parse(shotsText));
    const presentFrom = new Map(info.detectors.map((detector) => [detector.model.sha256, detector.presentFrom]));
    const trackers = new Map<string, { model: string; label: string; shot: number; tracker: Tracker }>();
    const path = join(encode.folder, 'objects.jsonl');
    const lines = existsSync(path) ? readLines(path, signal) : [];
    for await (const line of lines) {
      signal.throwIfAborted();
      const { frame, model, objects } = objectsRowSchema.parse(JSON.parse(line));
      const timeSec = info.frameTimesSec[frame] ?? 0;
      const shot = cutsSec.filter((cut) => cut <= timeSec).length;
      for (const label of new Set(objects.map((object) => object.label))) {
        const found = objects.filter((object) => object.label === label);
        const key = JSON.stringify([model, label, shot]);
        const held = trackers.get(key) ?? { model, label, shot, tracker: new Tracker(presentFrom.get(model) ?? 1) };
        trackers.set(key, held);
        held.tracker.take(
          timeSec,
          found.map((box): Sighting => ({
            timeSec,
            frame,
            confidence: rounded(box.confidence),
            x: rounded(box.x),
            y: rounded(box.y),
            width: rounded(box.width),
            height: rounded(box.height),
          })),
        );
      }
    }
    const tracks = [...trackers.values()].flatMap(({ model, label, shot, tracker }) =>
      tracker.tracks.map(({ sightings }) => {
        const sure = sightings.filter(({ confidence }) => confidence >= (presentFrom.get(model) ?? 1));
        const confidence = rounded(sure.reduce((sum, box) => sum + box.confidence, 0) / Math.max(sure.length, 1));
        const [startSec, endSec] = [sightings[0]?.timeSec ?? 0, sightings.at(-1)?.timeSec ?? 0];
        return { model, label, shot, startSec, endSec, confidence, sightings };
      }),
    );
    tracks.sort((a, b) => a.startSec - b.startSec || b.confidence - a.confidence);
    const file: ObjectsFile = {
      schema: 1,
      models: info.detectors.map(({ model }) => model),
      tracks: tracks.map((track, id): ObjectTrack => ({ id, ...track })),
    };
    await writeFile(join(folder, 'objects.json'), JSON.stringify(objectsFileSchema.parse(file)));
  },
};

function rounded(value: number): number {
  return Math.round(value * DIGITS) / DIGITS;
}

function input(inputs: Readonly<Record<string, Artefact>>, name: string): Artefact {
  const artefact = inputs[name];
  if (artefact === undefined) throw new EarsightError('EARSIGHT_BUG', { reason: `track was run without ${name}` });
  return artefact;
}
