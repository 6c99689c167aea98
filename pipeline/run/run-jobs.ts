import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Engine, Job, RunReference } from '../../queues/engine.js';
import { EarsightError, toEarsightError } from '../../core/errors.js';
import type { ArtefactStore } from '../../core/store/artefact-store.js';
import { isBucketUrl } from '../../core/store/bucket/bucket-url.js';
import { stampFile } from '../../core/store/source-identity.js';
import { assignOutputFolders, preferredOutput } from './output-folders.js';
import type { RunRows } from './run-rows.js';
import { hashOfGraph, type StageGraph } from '../work/stage-graph.js';
import { isUpToDate, readVideoRecord } from '../work/video-record.js';
import type { VideoWork } from '../work/video-work.js';

export interface ChooseJobsOptions {
  readonly outputFolder: string;
  readonly graph: StageGraph;
  readonly run: RunReference;
  /** Process finished videos again. */
  readonly force: boolean;
  readonly signal: AbortSignal;
}

/**
 * Chooses the videos that need work, each with the folder of its results. Finished videos, and those that cannot be
 * processed, get their rows.
 */
export async function chooseJobs(
  options: ChooseJobsOptions,
  records: ArtefactStore,
  rows: RunRows,
  work: VideoWork,
): Promise<Job[]> {
  const { run } = options;
  const out = resolve(options.outputFolder);
  const inputs = rows.inputs.filter((input) => input.error === null);
  const requests = inputs.map((input) => ({ path: input.path, root: input.root, preferred: preferredOutput(input) }));
  const owners = await ownersOf(
    records,
    requests.map((request) => request.preferred),
  );
  const outputs = assignOutputFolders(requests, (output) => owners.get(output) ?? null);
  const graph = hashOfGraph(options.graph);
  // All are chosen before the first is submitted: two copies of a forced video share their artefacts, which are then
  // removed and made again only once.
  const jobs: Job[] = [];
  for (const [index, input] of inputs.entries()) {
    if (options.signal.aborted) return [];
    const output = outputs[index] ?? preferredOutput(input);
    const record = options.force ? null : await readVideoRecord(records, output);
    try {
      if (resolve(out, output) === input.path)
        throw new EarsightError('EARSIGHT_OUTPUT_UNWRITABLE', { path: output, reason: 'the input itself lies there' });
      if (record !== null && (await isUpToDate(record, input.path, graph, out))) {
        rows.addSkipped(input, record);
        continue;
      }
      const stamp = isBucketUrl(run.out) ? await stampFile(input.path) : null;
      const job = rows.createJob(input, output, run, stamp);
      if (options.force) await work.forget(job, options.signal);
      jobs.push(job);
    } catch (error) {
      rows.addFailed(input, error);
    }
  }
  return jobs;
}

/** Returns the input that an earlier run gave each of these folders to, where that input still exists. */
async function ownersOf(store: ArtefactStore, outputs: readonly string[]): Promise<Map<string, string>> {
  const owners = new Map<string, string>();
  for (const output of outputs) {
    const record = await readVideoRecord(store, output);
    if (record !== null && existsSync(record.input)) owners.set(output, record.input);
  }
  return owners;
}

/**
 * Submits jobs to an engine as it has room for them. A file that can no longer be read gets a row with its error.
 * @returns the jobs that the engine accepted.
 */
export async function submitJobs(
  engine: Engine,
  jobs: readonly Job[],
  rows: RunRows,
  signal: AbortSignal,
): Promise<readonly Job[]> {
  const accepted: Job[] = [];
  for (const job of jobs) {
    if (signal.aborted) break;
    try {
      await engine.submit(job);
      accepted.push(job);
    } catch (error) {
      const { code } = toEarsightError(error);
      if (!code.startsWith('EARSIGHT_INPUT') && code !== 'EARSIGHT_CANCELLED') throw error;
      const input = rows.inputOf(job);
      if (input !== null) rows.addFailed(input, error);
    }
  }
  return accepted;
}
