import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Job, RunReference } from '../../queues/engine.js';
import { EarsightError } from '../../core/errors.js';
import type { ArtefactStore } from '../../core/store/artefact-store.js';
import { isBucketUrl } from '../../core/store/bucket/bucket-url.js';
import { stampFile } from '../../core/store/source-identity.js';
import { plainOutput } from './find-inputs.js';
import { assignOutputFolders } from './output-folders.js';
import type { RunRows } from './run-rows.js';
import { hashOfGraph, type StageGraph } from '../work/stage-graph.js';
import { isUpToDate, readVideoRecord } from '../work/video-record.js';
import type { VideoWork } from '../work/video-work.js';

export interface ChooseJobsOptions {
  readonly outputFolder: string;
  readonly graph: StageGraph;
  readonly run: RunReference;
  /** Do finished ones anew. */
  readonly force: boolean;
  readonly signal: AbortSignal;
}

/** The videos that there is something to do for, each with the folder of its results; the others get their rows. */
export async function chooseJobs(
  options: ChooseJobsOptions,
  records: ArtefactStore,
  rows: RunRows,
  work: VideoWork,
): Promise<Job[]> {
  const { run } = options;
  const out = resolve(options.outputFolder);
  const inputs = rows.inputs.filter((input) => input.error === null);
  const wanted = inputs.map((input) => ({ path: input.path, root: input.root, wanted: plainOutput(input) }));
  const owners = await ownersOf(
    records,
    wanted.map((claim) => claim.wanted),
  );
  const outputs = assignOutputFolders(wanted, (output) => owners.get(output) ?? null);
  const graph = hashOfGraph(options.graph);
  // All are looked at before the first begins: two copies of a forced video share what is forgotten, then made, once.
  const jobs: Job[] = [];
  for (const [index, input] of inputs.entries()) {
    if (options.signal.aborted) return [];
    const output = outputs[index] ?? plainOutput(input);
    const record = options.force ? null : await readVideoRecord(records, output);
    try {
      if (resolve(out, output) === input.path)
        throw new EarsightError('EARSIGHT_OUTPUT_UNWRITABLE', { path: output, reason: 'the input itself lies there' });
      if (record !== null && (await isUpToDate(record, input.path, graph, out))) {
        rows.skipped(input, record);
        continue;
      }
      const stamp = isBucketUrl(run.out) ? await stampFile(input.path) : null;
      const job = rows.jobFor(input, output, run, stamp);
      if (options.force) await work.forget(job, options.signal);
      jobs.push(job);
    } catch (error) {
      rows.failed(input, error);
    }
  }
  return jobs;
}

/** The inputs, still there, that earlier runs gave these folders to. */
async function ownersOf(store: ArtefactStore, outputs: readonly string[]): Promise<Map<string, string>> {
  const owners = new Map<string, string>();
  for (const output of outputs) {
    const record = await readVideoRecord(store, output);
    if (record !== null && existsSync(record.input)) owners.set(output, record.input);
  }
  return owners;
}
