import { join } from 'node:path';
import { BullmqEngine } from '../../queues/bullmq/bullmq-engine.js';
import type { Job } from '../../queues/engine.js';
import { EarsightError } from '../errors.js';
import type { IndexRow } from '../schemas/run.js';
import { ArtefactStore } from '../store/artefact-store.js';
import { chooseJobs } from './choose-jobs.js';
import { findInputs } from './find-inputs.js';
import { prepareRun } from './prepare-run.js';
import { RowBook } from './row-book.js';
import { settingsName, writeRunDocument } from './run-document.js';
import { shardingOf } from './runs-work.js';
import type { RunOptions } from './run-options.js';
import { VideoWork } from './video-work.js';

export interface Submitted {
  readonly jobs: readonly Job[];
  /** Of inputs that were not submitted: finished before, or refused. */
  readonly rows: readonly IndexRow[];
}

/**
 * Gives videos to the workers of a Redis server and does not wait for them.
 * @throws EarsightError as `run`.
 */
export async function submit(options: RunOptions & { readonly redis: string }): Promise<Submitted> {
  if (options.inputs.length === 0) throw new EarsightError('EARSIGHT_USAGE', { reason: 'no input was named' });
  const signal = options.signal ?? new AbortController().signal;
  const { out, document, graph } = await prepareRun(options);
  const store = await ArtefactStore.open(out);
  await writeRunDocument(out, document);
  const rows = new RowBook(await findInputs(options.inputs, out, signal), options.onEvent ?? (() => undefined));
  for (const input of rows.inputs) if (input.error !== null) rows.failed(input, input.error);
  // Only to tell what is finished: nothing is inferred here.
  const services = { packs: () => Promise.resolve(null), cacheFolder: join(out, '.earsight', 'cache') };
  const work = new VideoWork({ store, graph, services, outputFolder: out, sharding: shardingOf(document, graph) });
  const choice = { outputFolder: out, graph, settings: settingsName(document), force: options.force ?? false, signal };
  const jobs = await chooseJobs(choice, store, rows, work);
  const engine = await BullmqEngine.open({ url: options.redis });
  try {
    for (const job of jobs) await engine.submit(job);
  } finally {
    await engine.close();
  }
  return { jobs, rows: rows.inOrder() };
}
