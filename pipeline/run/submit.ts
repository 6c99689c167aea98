import { BullmqEngine } from '../../queues/bullmq/bullmq-engine.js';
import type { Job } from '../../queues/engine.js';
import { EarsightError } from '../../core/errors.js';
import type { IndexRow } from '../../core/schemas/run.js';
import { ArtefactStore } from '../../core/store/artefact-store.js';
import { BucketEngine } from './bucket-engine.js';
import { cancellable } from './cancellable.js';
import { chooseJobs, submitJobs } from './run-jobs.js';
import { findInputs } from './find-inputs.js';
import { openStores } from '../work/open-store.js';
import { prepareRun, submitterWork } from './prepare-run.js';
import { RunRows } from './run-rows.js';
import { writeRunDocument } from '../work/run-document.js';
import type { RunOptions } from './run-options.js';

type SubmitOptions = RunOptions & { readonly redis: string };

export interface Submitted {
  readonly jobs: readonly Job[];
  /** One row per input that was not submitted, because it was finished before or was refused. */
  readonly rows: readonly IndexRow[];
}

/**
 * Submits videos to the workers of a Redis server and does not wait for them.
 * @throws EarsightError as `run`.
 */
export async function submit(options: SubmitOptions): Promise<Submitted> {
  if (options.inputs.length === 0) throw new EarsightError('EARSIGHT_USAGE', { reason: 'no input was named' });
  return await cancellable(options.signal, async (signal) => await submitUntil(signal, { ...options, signal }));
}

async function submitUntil(signal: AbortSignal, options: SubmitOptions): Promise<Submitted> {
  const prepared = await prepareRun(options);
  const { out, document, graph } = prepared;
  const folder = await ArtefactStore.open(out);
  const stores = await openStores(options, out);
  const run = await writeRunDocument(stores.documents, stores.out, document);
  const rows = new RunRows(await findInputs(options.inputs, out, signal), options.onEvent ?? (() => undefined));
  for (const input of rows.inputs) if (input.error !== null) rows.addFailed(input, input.error);
  const work = submitterWork(prepared, folder, stores.store ?? folder);
  const chooseOptions = { outputFolder: out, graph, run, force: options.force ?? false, signal };
  const jobs = await chooseJobs(chooseOptions, folder, rows, work);
  const fleet = await BullmqEngine.open({ url: options.redis });
  const engine = stores.store === null ? fleet : new BucketEngine(fleet, stores.store, work);
  try {
    const accepted = await submitJobs(engine, jobs, rows, signal);
    return { jobs: accepted, rows: rows.inOrder() };
  } finally {
    await engine.close();
  }
}
