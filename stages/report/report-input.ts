import { join } from 'node:path';
import { audioFileSchema, type AudioFile } from '../../core/schemas/audio.js';
import { eventsFileSchema, type EventsFile } from '../../core/schemas/events.js';
import { objectsFileSchema, type ObjectsFile } from '../../core/schemas/objects.js';
import { scoresFileSchema, type ScoresFile } from '../../core/schemas/scores.js';
import { shotsFileSchema, type Shot } from '../../core/schemas/shots.js';
import type { Artefact } from '../../core/stage.js';
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
  readonly scores: ScoresFile;
}

/** The stages whose artefacts a report shows. */
export const REPORT_INPUTS = ['shots', 'sound', 'score', 'track', 'label', 'parse'] as const;

export async function readReportInput(
  inputs: Readonly<Record<(typeof REPORT_INPUTS)[number], Artefact>>,
  signal: AbortSignal,
): Promise<ReportInput> {
  const file = await inputs.parse.json('events.json', eventsFileSchema);
  const { shots } = await inputs.shots.json('shots.json', shotsFileSchema);
  const audio = await inputs.sound.json('audio.json', audioFileSchema);
  const objects = await inputs.track.json('objects.json', objectsFileSchema);
  const scores = await inputs.score.json('scores.json', scoresFileSchema);
  const lanes = await readScoreLanes(join(inputs.label.folder, 'segments.jsonl'), file.grid.count, signal);
  return {
    file,
    lanes,
    shots,
    thumbnails: await makeThumbnails(inputs.shots.folder, shots, signal),
    audio,
    objects,
    scores,
  };
}
