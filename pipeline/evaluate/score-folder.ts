import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scoresFileSchema, type Score, type ScoresFile } from '../../core/schemas/scores.js';
import type { IndexRow } from '../../core/schemas/run.js';
import { bootstrapMeans } from '../../measures/index.js';
import type { Evaluation, EvaluationTable, Figure } from './evaluation.js';

/** Videos that are listed as worth a look. */
const WORST = 10;

interface ScoredVideo {
  readonly input: string;
  readonly file: ScoresFile;
}

/** Puts the scores of the videos of a run together: the mean of each score over the videos that it applies to, and the worst ones. */
export async function scoreFolder(out: string, rows: readonly IndexRow[]): Promise<Evaluation> {
  const videos: ScoredVideo[] = [];
  const warnings: string[] = [];
  for (const { input, outputs, error } of rows) {
    const path = outputs.find((output) => output.endsWith('/scores.json'));
    if (path === undefined) warnings.push(`${input} has no scores${error === null ? '' : `: ${error.code}`}`);
    else videos.push({ input, file: scoresFileSchema.parse(JSON.parse(await readFile(join(out, path), 'utf8'))) });
  }
  const names = [...new Set(videos.flatMap(({ file }) => file.scores.map(({ name }) => name)))];
  const evaluation: Evaluation = {
    task: 'score',
    source: 'means over the videos that a score applies to; definitions in docs/measures.md and in each scores.json',
    settings: { networks: false },
    count: videos.length,
    figures: names.map((name) => meanOf(name, videos)),
    tables: [worst(videos)],
    warnings,
    details: {
      videos: videos.map(({ input, file }) => ({
        input,
        scores: Object.fromEntries(
          file.scores.map(({ name, value, reason }) => [name, value ?? { notApplicable: reason }]),
        ),
        faults: file.faults,
      })),
    },
  };
  await writeFile(join(out, 'scores.json'), `${JSON.stringify({ schema: 1, ...evaluation, ...evaluation.details })}\n`);
  return evaluation;
}

function meanOf(name: string, videos: readonly ScoredVideo[]): Figure {
  const scores = videos.flatMap(({ file }) => file.scores.filter((score) => score.name === name));
  const values = scores.flatMap(({ value }) => value ?? []);
  const [first] = scores;
  const [result] = bootstrapMeans([values]);
  const note = reasonsOf(scores);
  return {
    name,
    value: values.length === 0 ? null : (result?.mean ?? null),
    interval: values.length < 2 || !result ? null : result.interval,
    range: first === undefined ? '' : `${first.range} (${first.unit})`,
    better: first?.better ?? 'neither',
    ...(note === '' ? {} : { note }),
  };
}

/** Why a score does not apply, with the number of videos of each reason. */
function reasonsOf(scores: readonly Score[]): string {
  const reasons = new Map<string, number>();
  for (const { reason } of scores) if (reason !== null) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  return [...reasons].map(([reason, count]) => `${reason}: ${count}`).join('; ');
}

function worst(videos: readonly ScoredVideo[]): EvaluationTable {
  const faultSec = ({ faults }: ScoresFile): number =>
    Object.values(faults)
      .flat()
      .reduce((sum, { startSec, endSec }) => sum + endSec - startSec, 0);
  const rows = videos.map(({ input, file }) => {
    const synchrony = file.scores.find(({ name }) => name === 'synchrony')?.value ?? null;
    return { input, synchrony, faults: faultSec(file) };
  });
  rows.sort((a, b) => (a.synchrony ?? 2) - (b.synchrony ?? 2) || b.faults - a.faults);
  return {
    title: 'worth a look: the least synchronous videos',
    columns: ['video', 'synchrony', 'seconds with faults'],
    rows: rows.slice(0, WORST).map(({ input, synchrony, faults }) => [input, synchrony, faults]),
  };
}
