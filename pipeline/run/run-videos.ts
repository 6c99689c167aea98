import { resolve } from 'node:path';
import type { Engine, RunReference } from '../../queues/engine.js';
import type { StageServices } from '../../stages/services.js';
import type { IndexRow, SummaryFile } from '../../core/schemas/run.js';
import { ArtefactStore } from '../../core/store/artefact-store.js';
import type { Store } from '../../core/store/store.js';
import { VERSION } from '../../core/version.js';
import { chooseJobs } from './run-jobs.js';
import { findInputs } from './find-inputs.js';
import { ResultFolder } from '../work/result-folder.js';
import { RunRows } from './run-rows.js';
import { writeRunFiles } from './run-files.js';
import type { RunEvent } from './run-events.js';
import type { Sharding } from '../work/sharding.js';
import type { StageGraph } from '../work/stage-graph.js';
import { submitJobs } from './submit-jobs.js';
import { readVideoRecord } from '../work/video-record.js';
import { VideoWork } from '../work/video-work.js';

export interface RunVideosOptions {
  /** Files, folders and `.txt` lists. */
  readonly inputs: readonly string[];
  readonly outputFolder: string;
  readonly graph: StageGraph;
  /** Null: every stage is made in one go, however long the video. */
  readonly sharding: Sharding | null;
  readonly services: StageServices;
  /** For engines that work elsewhere. */
  readonly run: RunReference;
  /** Where the work lies, if not in the output folder. */
  readonly store: Store | null;
  readonly packs: readonly string[];
  readonly frameMode: 'all' | 'keyframes';
  readonly force: boolean;
  readonly signal: AbortSignal;
  readonly createEngine: (work: VideoWork) => Engine | Promise<Engine>;
  /** Asked once, at the end. */
  readonly speedOfLight: () => SummaryFile['speedOfLight'];
  readonly onEvent: (event: RunEvent) => void;
}

export interface RunResult {
  readonly rows: readonly IndexRow[];
  readonly summary: SummaryFile;
}

/**
 * Takes every input through the graph: what is finished is passed by, what fails costs its own row, what is cancelled
 * gets none (the next run goes on with it). Writes the index and the summary last.
 * @throws EarsightError what concerns the run as a whole: EARSIGHT_OUTPUT_UNWRITABLE, EARSIGHT_DISK_FULL, EARSIGHT_USAGE.
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
  for (const input of found) if (input.error !== null) rows.failed(input, input.error);

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
  const listening = listen(engine, folder, rows, options.onEvent);
  try {
    await submitJobs(engine, await chooseJobs(options, folder, rows, work), rows, options.signal);
    await engine.drain();
  } finally {
    options.signal.removeEventListener('abort', cancel);
    await engine.close();
    await listening;
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

async function listen(
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
        onEvent({ type: 'started', input: input.shown, stages: event.steps });
        break;
      case 'progress':
        onEvent({ type: 'progress', input: input.shown, stage: event.step, fraction: event.fraction });
        break;
      case 'step-done':
        onEvent({ type: 'stage-done', input: input.shown, stage: event.step, wallMs: event.wallMs });
        break;
      case 'warning':
        onEvent({ type: 'warning', input: input.shown, message: event.message });
        break;
      case 'failed':
        rows.failed(input, event.error);
        break;
      case 'done':
        rows.published(input, await readVideoRecord(records, event.job.output));
        break;
    }
  }
}
