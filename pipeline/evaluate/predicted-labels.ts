import { readFile, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { EarsightError, toEarsightError } from '../../core/errors.js';
import { eventsFileSchema, segmentRowSchema } from '../../core/schemas/events.js';
import { LabelGrid, decodeScores, type Gate } from '../../measures/index.js';

export type GateSetting = Gate;

/** Present from this score on, as in `events.json`. */
const THRESHOLD = 0.5;

/**
 * Labels by video from the output folder of a run. Without a gate they are the events of `events.json`; with one, the scores
 * of `segments.jsonl` are decoded anew, the score of the whole video being the mean over its segments (`joint`: the larger
 * of the two modalities). A folder `ID.mp4` holds the video `ID`; two folders of one video are left out with a warning.
 */
export async function readPredictedLabels(
  folder: string,
  { classes, segments, gate }: { readonly classes: readonly string[]; readonly segments: number; readonly gate: Gate },
  warnings: string[],
): Promise<{ audio: Map<string, LabelGrid>; visual: Map<string, LabelGrid> }> {
  const byName = new Map<string, string[]>();
  for (const path of await eventFiles(folder)) {
    const name = basename(dirname(path)).replace(/\.\w{2,5}$/, '');
    byName.set(name, [...(byName.get(name) ?? []), dirname(path)]);
  }
  if (byName.size === 0)
    throw new EarsightError('EARSIGHT_MEASURE_INVALID', { reason: `there is no events.json below ${folder}` });
  const indices = new Map(classes.map((name, index) => [plain(name), index]));
  const audio = new Map<string, LabelGrid>();
  const visual = new Map<string, LabelGrid>();
  for (const [name, folders] of byName) {
    const [only] = folders;
    if (only === undefined || folders.length > 1) {
      warnings.push(
        `${folders.length} folders hold results of a video ${name} and are left out: ${folders.join(', ')}`,
      );
      continue;
    }
    const read = gate === 'none' ? fromEvents : fromScores;
    const labels = await read(only, indices, segments, gate);
    audio.set(name, labels.audio);
    visual.set(name, labels.visual);
  }
  return { audio, visual };
}

type Reader = (
  folder: string,
  indices: ReadonlyMap<string, number>,
  segments: number,
  gate: Gate,
) => Promise<{ audio: LabelGrid; visual: LabelGrid }>;

const fromEvents: Reader = async (folder, indices, segments) => {
  const { events } = parsed(
    join(folder, 'events.json'),
    1,
    eventsFileSchema,
    await readFile(join(folder, 'events.json'), 'utf8'),
  );
  const grids = { audio: new LabelGrid(indices.size, segments), visual: new LabelGrid(indices.size, segments) };
  for (const { modality, label, startSec, endSec } of events) {
    const index = indices.get(plain(label));
    if (index === undefined || modality === 'audio-visual') continue;
    grids[modality].paint(index, Math.round(startSec), Math.round(endSec));
  }
  return grids;
};

const fromScores: Reader = async (folder, indices, segments, gate) => {
  const classes = indices.size;
  const rows = { audio: new Float32Array(classes * segments), visual: new Float32Array(classes * segments) };
  const path = join(folder, 'segments.jsonl');
  for (const [at, line] of (await readFile(path, 'utf8')).split('\n').entries()) {
    if (line === '') continue;
    const { modality, startSec, scores } = parsed(path, at + 1, segmentRowSchema, line);
    const segment = Math.round(startSec);
    if (modality === 'audio-visual' || segment >= segments) continue;
    for (const [label, score] of Object.entries(scores)) {
      const index = indices.get(plain(label));
      if (index !== undefined) rows[modality][index * segments + segment] = score;
    }
  }
  const videoAudio = means(rows.audio, classes, segments);
  const videoVisual = means(rows.visual, classes, segments);
  const video = videoAudio.map((score, index) => Math.max(score, videoVisual[index] ?? 0));
  return decodeScores({ ...rows, video, videoAudio, videoVisual }, { classes, segments }, gate, THRESHOLD);
};

function means(rows: Float32Array, classes: number, segments: number): Float32Array {
  return Float32Array.from({ length: classes }, (_, index) => {
    const row = rows.subarray(index * segments, (index + 1) * segments);
    return row.reduce((sum, score) => sum + score, 0) / segments;
  });
}

async function eventFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    throw toEarsightError(error, folder);
  });
  return entries
    .filter((entry) => entry.isFile() && entry.name === 'events.json' && !entry.parentPath.includes('.earsight'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function parsed<Content>(
  path: string,
  line: number,
  schema: { parse: (value: unknown) => Content },
  text: string,
): Content {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new EarsightError('EARSIGHT_TABLE_INVALID', { path, line, reason: 'it is not what earsight writes' });
  }
}

/** Labels are compared without case and punctuation: `Frying_(food)` is `Frying (food)`. */
function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
