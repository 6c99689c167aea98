import { join } from 'node:path';
import { audioFileSchema, type AudioFile } from '../../core/schemas/audio.js';
import { descriptionFileSchema, type DescriptionFile } from '../../core/schemas/description.js';
import { scriptFileSchema, type ScriptFile } from '../../core/schemas/script.js';
import { eventsFileSchema, type EventsFile } from '../../core/schemas/events.js';
import { objectsFileSchema, type ObjectsFile } from '../../core/schemas/objects.js';
import { scoresFileSchema, type ScoresFile } from '../../core/schemas/scores.js';
import { shotsFileSchema, type Shot } from '../../core/schemas/shots.js';
import { transcriptFileSchema, type TranscriptFile } from '../../core/schemas/transcript.js';
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
  readonly transcript: TranscriptFile;
  /** Null for a run without words. */
  readonly words: ReportWords | null;
}

export interface ReportWords {
  readonly description: DescriptionFile;
  readonly script: ScriptFile;
}

/** The stages whose artefacts a report shows. */
export const REPORT_INPUTS_WITHOUT_WORDS = [
  'shots',
  'sound',
  'score',
  'track',
  'label',
  'parse',
  'transcribe',
] as const;
const WORDS = ['describe', 'script'] as const;
export const REPORT_INPUTS = [...REPORT_INPUTS_WITHOUT_WORDS, ...WORDS] as const;

export async function readWords(inputs: Readonly<Record<(typeof WORDS)[number], Artefact>>): Promise<ReportWords> {
  return {
    description: await inputs.describe.json('description.json', descriptionFileSchema),
    script: await inputs.script.json('script.json', scriptFileSchema),
  };
}

export async function readReportInput(
  inputs: Readonly<Record<(typeof REPORT_INPUTS_WITHOUT_WORDS)[number], Artefact>>,
  words: ReportWords | null,
  signal: AbortSignal,
): Promise<ReportInput> {
  const file = await inputs.parse.json('events.json', eventsFileSchema);
  const { shots } = await inputs.shots.json('shots.json', shotsFileSchema);
  const audio = await inputs.sound.json('audio.json', audioFileSchema);
  const objects = await inputs.track.json('objects.json', objectsFileSchema);
  const scores = await inputs.score.json('scores.json', scoresFileSchema);
  const transcript = await inputs.transcribe.json('transcript.json', transcriptFileSchema);
  const lanes = await readScoreLanes(join(inputs.label.folder, 'segments.jsonl'), file.grid.count, signal);
  const thumbnails = await makeThumbnails(inputs.shots.folder, shots, signal);
  return { file, lanes, shots, thumbnails, audio, objects, scores, transcript, words };
}
