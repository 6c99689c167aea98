import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { EarsightError, toEarsightError } from '../../core/errors.js';
import { shotsFileSchema } from '../../core/schemas/shots.js';
import { bootstrapStatistic, cutCounts, f1Of, type Counts } from '../../measures/index.js';
import type { Evaluation } from './evaluation.js';
import { byId, readRecords } from './records.js';

export interface SceneOptions {
  readonly truth: string;
  readonly pred: string;
  readonly toleranceSec: number;
}

/** F1 of cuts. Both sides are records `{ id, cuts: [seconds] }`, a `shots.json`, or an output folder of earsight. */
export async function evaluateScenes({ truth, pred, toleranceSec }: SceneOptions): Promise<Evaluation> {
  const truths = await readCuts(truth);
  const preds = await readCuts(pred);
  const warnings: string[] = [];
  // Two single files are one video, whatever they are called.
  const isOnePair = truths.size === 1 && preds.size === 1;
  const videos = [...truths].flatMap(([id, cuts]) => {
    const ours = isOnePair ? [...preds.values()][0] : preds.get(id);
    return ours === undefined ? [] : [{ id, counts: cutCounts(ours, cuts, toleranceSec) }];
  });
  if (videos.length === 0)
    throw new EarsightError('EARSIGHT_MEASURE_INVALID', { reason: `no video of ${truth} is in ${pred}` });
  if (videos.length < truths.size)
    warnings.push(`${truths.size - videos.length} of ${truths.size} videos have no prediction and are left out`);
  const pooled = (of: readonly { counts: Counts }[]): Counts => ({
    truePositives: of.reduce((sum, { counts }) => sum + counts.truePositives, 0),
    falsePositives: of.reduce((sum, { counts }) => sum + counts.falsePositives, 0),
    falseNegatives: of.reduce((sum, { counts }) => sum + counts.falseNegatives, 0),
  });
  const all = pooled(videos);
  const statistics = {
    F1: f1Of,
    precision: ({ truePositives, falsePositives }: Counts) =>
      truePositives + falsePositives === 0 ? null : truePositives / (truePositives + falsePositives),
    recall: ({ truePositives, falseNegatives }: Counts) =>
      truePositives + falseNegatives === 0 ? null : truePositives / (truePositives + falseNegatives),
  };
  return {
    task: 'scenes',
    source: 'cuts matched one to one within the tolerance, counts pooled over videos',
    settings: { toleranceSec },
    count: videos.length,
    figures: Object.entries(statistics).map(([name, statistic]) => ({
      name,
      value: statistic(all),
      interval: bootstrapStatistic(
        videos.length,
        (rows) => statistic(pooled([...rows].flatMap((row) => videos[row] ?? []))) ?? NaN,
      ),
      range: '0 to 1',
      better: 'higher',
      note: 'there is no cut',
    })),
    tables: [
      {
        title: 'per video',
        columns: ['video', 'F1', 'found', 'invented', 'missed'],
        rows: videos.map(({ id, counts }) => [
          id,
          f1Of(counts),
          counts.truePositives,
          counts.falsePositives,
          counts.falseNegatives,
        ]),
      },
    ],
    warnings,
  };
}

async function readCuts(path: string): Promise<Map<string, readonly number[]>> {
  const info = await stat(path).catch((error: unknown) => {
    throw toEarsightError(error, path);
  });
  if (info.isDirectory()) {
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.name === 'shots.json' && !entry.parentPath.includes('.earsight'));
    const videos = await Promise.all(
      files.map(
        async ({ parentPath }) => [basename(parentPath), await cutsOfShots(join(parentPath, 'shots.json'))] as const,
      ),
    );
    return new Map(videos);
  }
  if (basename(path) === 'shots.json') return new Map([[basename(dirname(path)), await cutsOfShots(path)]]);
  return new Map([...byId(await readRecords(path), 'id', 'video')].map(([id, record]) => [id, record.numbers('cuts')]));
}

async function cutsOfShots(path: string): Promise<readonly number[]> {
  try {
    return shotsFileSchema.parse(JSON.parse(await readFile(path, 'utf8'))).cutsSec;
  } catch {
    throw new EarsightError('EARSIGHT_TABLE_INVALID', { path, line: 1, reason: 'it is no shots.json of earsight' });
  }
}
