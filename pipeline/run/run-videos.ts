import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Engine, RunReference } from '../../queues/engine.js';
import { renderIndex, type VideoOverview } from '../../stages/report/index-page.js';
import type { StageServices } from '../../stages/services.js';
import { descriptionFileSchema } from '../../core/schemas/description.js';
import { eventsFileSchema } from '../../core/schemas/events.js';
import { transcriptFileSchema } from '../../core/schemas/transcript.js';
import { indexRowSchema, summaryFileSchema, type IndexRow, type SummaryFile } from '../../core/schemas/run.js';
import { toldWarning } from '../../core/warnings.js';
import { ArtefactStore, asOutputError } from '../../core/store/artefact-store.js';
import { writeFileAtomically } from '../../core/store/atomic-file.js';
import type { Store } from '../../core/store/store.js';
import { VERSION } from '../../core/version.js';
import { chooseJobs, submitJobs } from './run-jobs.js';
import { findInputs } from './find-inputs.js';
import { ResultFolder } from '../work/result-folder.js';
import { RunRows } from './run-rows.js';
import type { RunEvent } from './run-events.js';
import type { Sharding } from '../work/sharding.js';
import type { StageGraph } from '../work/stage-graph.js';
import { readVideoRecord } from '../work/video-record.js';
import { VideoWork } from '../work/video-work.js';

export interface RunVideosOptions {
  /** Files, folders and `.txt` lists. */
  readonly inputs: readonly string[];
  readonly outputFolder: string;
  readonly graph: StageGraph;
  /** Null: no video is processed in parts, however long it is. */
  readonly sharding: Sharding | null;
  readonly services: StageServices;
  /** Lets workers in other processes find the settings of this run. */
  readonly run: RunReference;
  /** Where artefacts are kept; null for the output folder. */
  readonly store: Store | null;
  readonly packs: readonly string[];
  readonly frameMode: 'all' | 'keyframes';
  readonly force: boolean;
  readonly signal: AbortSignal;
  readonly createEngine: (work: VideoWork) => Engine | Promise<Engine>;
  /** Called once, at the end. */
  readonly speedOfLight: () => SummaryFile['speedOfLight'];
  readonly onEvent: (event: RunEvent) => void;
}

export interface RunResult {
  readonly rows: readonly IndexRow[];
  readonly summary: SummaryFile;
}

/**
 * Processes every input. A finished one is skipped, one that fails gets a row with its error, and one that is cancelled
 * gets no row (the next run continues with it). Writes the index and the summary last.
 * @throws EarsightError only what concerns the run as a whole: EARSIGHT_OUTPUT_UNWRITABLE, EARSIGHT_DISK_FULL,
 * EARSIGHT_USAGE.
 */
export async function runVideos(options: RunVideosOptions): Promise<RunResult> {
  const startedAt = new Date();
  const outputFolder = resolve(options.outputFolder);
  const folder = await ArtefactStore.open(outputFolder);
  await folder.sweep();
  const store = options.store ?? folder;
  const found = await findInputs(options.inputs, outputFolder, options.signal);
  options.onEvent({ type: 'inputs', count: found.length });
  const rows = new RunRows(found, options.onEvent);
  for (const input of found) if (input.error !== null) rows.addFailed(input, input.error);

  const work = new VideoWork({
    store,
    graph: options.graph,
    services: options.services,
    results: new ResultFolder(outputFolder, folder, options.graph),
    sharding: options.sharding,
  });
  const engine = await options.createEngine(work);
  const cancel = () => engine.cancel();
  options.signal.addEventListener('abort', cancel, { once: true });
  const forwarding = forwardEvents(engine, folder, rows, options.onEvent);
  try {
    await submitJobs(engine, await chooseJobs(options, folder, rows, work), rows, options.signal);
    await engine.drain();
  } finally {
    options.signal.removeEventListener('abort', cancel);
    await engine.close();
    await forwarding;
  }
  const summary: SummaryFile = {
    schema: 1,
    earsight: VERSION,
    startedAt: startedAt.toISOString(),
    wallSec: (Date.now() - startedAt.getTime()) / 1000,
    ...rows.totals(),
    packs: [...options.packs],
    frameMode: options.frameMode,
    speedOfLight: options.speedOfLight(),
  };
  await writeRunFiles(outputFolder, rows.inOrder(), summary);
  if (!options.signal.aborted) await store.dropIdleScratch();
  return { rows: rows.inOrder(), summary };
}

async function forwardEvents(
  engine: Engine,
  records: ArtefactStore,
  rows: RunRows,
  onEvent: (event: RunEvent) => void,
): Promise<void> {
  for await (const event of engine.events()) {
    const input = rows.inputOf(event.job);
    if (input === null) continue;
    switch (event.type) {
      case 'started':
        onEvent({ type: 'started', input: input.displayName, stages: event.steps });
        break;
      case 'progress':
        onEvent({ type: 'progress', input: input.displayName, stage: event.step, fraction: event.fraction });
        break;
      case 'step-done':
        onEvent({ type: 'stage-done', input: input.displayName, stage: event.step, wallMs: event.wallMs });
        break;
      case 'warning':
        onEvent({ type: 'warning', input: input.displayName, ...toldWarning(event.warning) });
        break;
      case 'failed':
        rows.addFailed(input, event.error);
        break;
      case 'done':
        rows.addDone(input, await readVideoRecord(records, event.job.output));
        break;
    }
  }
}

/**
 * Writes `index.jsonl`, `summary.json` and `index.html`, which describe the last run: one row per input, in the order
 * in which the inputs were found.
 * @throws EarsightError EARSIGHT_DISK_FULL, EARSIGHT_OUTPUT_UNWRITABLE.
 */
async function writeRunFiles(outputFolder: string, rows: readonly IndexRow[], summary: SummaryFile): Promise<void> {
  try {
    const lines = rows.map((row) => `${JSON.stringify(indexRowSchema.parse(row))}\n`);
    await writeFileAtomically(join(outputFolder, 'index.jsonl'), lines.join(''));
    const text = JSON.stringify(summaryFileSchema.parse(summary), null, 2);
    await writeFileAtomically(join(outputFolder, 'summary.json'), `${text}\n`);
    const page = await renderIndex(rows, summary, (row) => overviewOf(outputFolder, row));
    await writeFileAtomically(join(outputFolder, 'index.html'), page);
  } catch (error) {
    throw asOutputError(error, outputFolder);
  }
}

function overviewOf(outputFolder: string, row: IndexRow): VideoOverview | null {
  const events = row.outputs.find((path) => path.endsWith('/events.json'));
  if (events === undefined) return null;
  const file: unknown = JSON.parse(readFileSync(join(outputFolder, events), 'utf8'));
  const description = row.outputs.find((path) => path.endsWith('/description.json'));
  const sentences =
    description === undefined
      ? []
      : descriptionFileSchema.parse(JSON.parse(readFileSync(join(outputFolder, description), 'utf8'))).sentences;
  const spoken = row.outputs.find((path) => path.endsWith('/transcript.json'));
  const transcript =
    spoken === undefined
      ? null
      : transcriptFileSchema.parse(JSON.parse(readFileSync(join(outputFolder, spoken), 'utf8')));
  const thumbnail = row.outputs.find((path) => /\/keyframes\/[^/]+$/.test(path)) ?? null;
  return {
    thumbnail,
    events: eventsFileSchema.parse(file).events,
    sentences: sentences.map(({ text }) => text),
    spoken: transcript?.utterances.filter(({ flags }) => flags.length === 0).map(({ text }) => text) ?? [],
  };
}
