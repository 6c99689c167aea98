import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { audioFileSchema, type AudioFile } from '../../core/schemas/audio.js';
import { eventsFileSchema, type EventsFile } from '../../core/schemas/events.js';
import { objectsFileSchema, type ObjectsFile } from '../../core/schemas/objects.js';
import { shotsFileSchema, type Shot } from '../../core/schemas/shots.js';
import type { Artefact } from '../../core/stage.js';
import { EarsightError } from '../../core/errors.js';
import { readScoreLanes, type ScoreLane } from './score-lanes.js';
import { makeThumbnails, type Thumbnails } from './thumbnails.js';

/** Everything that a report shows, read from the artefacts and validated. */
export interface ReportInput {
  readonly file: EventsFile;
  readonly lanes: readonly ScoreLane[];
  readonly shots: readonly Shot[];
  readonly thumbnails: Thumbnails;
  readonly audio: AudioFile;
  readonly objects: ObjectsFile;
}

export async function readReportInput(
  inputs: Readonly<Record<string, Artefact>>,
  signal: AbortSignal,
): Promise<ReportInput> {
  const { shots: shotsFolder, sound, track, label, parse } = folders(inputs);
  const file = eventsFileSchema.parse(await readJson(parse, 'events.json'));
  const { shots } = shotsFileSchema.parse(await readJson(shotsFolder, 'shots.json'));
  const audio = audioFileSchema.parse(await readJson(sound, 'audio.json'));
  const objects = objectsFileSchema.parse(await readJson(track, 'objects.json'));
  const lanes = await readScoreLanes(join(label, 'segments.jsonl'), file.grid.count, signal);
  return { file, lanes, shots, thumbnails: await makeThumbnails(shotsFolder, shots, signal), audio, objects };
}

type Folders = Record<'shots' | 'sound' | 'track' | 'label' | 'parse', string>;

function folders(inputs: Readonly<Record<string, Artefact>>): Folders {
  const folder = (stage: string): string => {
    const artefact = inputs[stage];
    if (!artefact) throw new EarsightError('EARSIGHT_BUG', { reason: `the report was not given ${stage}` });
    return artefact.folder;
  };
  return {
    shots: folder('shots'),
    sound: folder('sound'),
    track: folder('track'),
    label: folder('label'),
    parse: folder('parse'),
  };
}

async function readJson(folder: string, name: string): Promise<unknown> {
  return JSON.parse(await readFile(join(folder, name), 'utf8'));
}
