import { join } from 'node:path';
import type { Engine } from '../../queues/engine.js';
import { InlineEngine } from '../../queues/inline/inline-engine.js';
import { EarsightError } from '../../core/errors.js';
import type { BucketStore } from '../../core/store/bucket/bucket-store.js';
import { BucketEngine } from './bucket-engine.js';
import { cancellable } from './cancellable.js';
import { endExtractProcess } from '../../stages/extract/process/extract-process.js';
import { LazyPacks } from '../work/lazy-packs.js';
import { openStores } from '../work/open-store.js';
import { prepareRun } from './prepare-run.js';
import { runVideos, type RunResult } from './run-videos.js';
import type { RunEvent } from './run-events.js';
import type { RunOptions } from './run-options.js';
import { settingsName, writeRunDocument } from '../work/run-document.js';
import { shardingOf } from '../work/sharding.js';
import type { VideoWork } from '../work/video-work.js';

/**
 * Runs the whole pipeline on every video of `inputs`, in this process or on the workers of a Redis server. A bad input
 * gets a row with its error; only what concerns the run as a whole is thrown.
 * @throws EarsightError EARSIGHT_USAGE, EARSIGHT_LABELS_INVALID, EARSIGHT_PACK_…, EARSIGHT_DEVICE_MISSING,
 * EARSIGHT_MODEL_…, EARSIGHT_OUTPUT_UNWRITABLE, EARSIGHT_DISK_FULL, EARSIGHT_REDIS_…, EARSIGHT_QUEUE_FULL,
 * EARSIGHT_STORE_….
 */
export async function run(options: RunOptions): Promise<RunResult> {
  if (options.inputs.length === 0) throw new EarsightError('EARSIGHT_USAGE', { reason: 'no input was named' });
  return await cancellable(options.signal, async (signal) => await runUntil(signal, { ...options, signal }));
}

async function runUntil(signal: AbortSignal, options: RunOptions): Promise<RunResult> {
  const onEvent = options.onEvent ?? (() => undefined);
  const { out, document, graph, resolved } = await prepareRun(options);
  const { redis } = options;
  const stores = await openStores(options, out);
  const settings = settingsName(document);
  const run = redis === undefined ? { out, settings } : await writeRunDocument(stores.documents, stores.out, document);
  const packs = new LazyPacks(resolved, options.device ?? 'auto', (found) =>
    onEvent({ type: 'device', device: found }),
  );
  const loadFailed = new AbortController();
  // When the networks cannot be loaded every other video would fail as well, so the run stops.
  const loadPacks = async () =>
    await packs.packs().catch((error: unknown) => {
      loadFailed.abort(error);
      throw error;
    });
  try {
    const result = await runVideos({
      inputs: options.inputs,
      outputFolder: out,
      graph,
      sharding: shardingOf(document, graph),
      services: { packs: loadPacks, cacheFolder: join(out, '.earsight', 'cache') },
      run,
      store: stores.store,
      packs: resolved?.names ?? [],
      frameMode: document.frames,
      force: options.force ?? false,
      signal: AbortSignal.any([signal, loadFailed.signal]),
      createEngine: async (work) => await openEngine(work, redis, stores.store, onEvent),
      speedOfLight: () => packs.speedOfLight(),
      onEvent,
    });
    loadFailed.signal.throwIfAborted();
    return result;
  } finally {
    await Promise.all([packs.close(), endExtractProcess()]);
  }
}

async function openEngine(
  work: VideoWork,
  redis: string | undefined,
  store: BucketStore | null,
  onEvent: (event: RunEvent) => void,
): Promise<Engine> {
  if (redis === undefined) return new InlineEngine(work);
  // Imported only when needed: most runs use no Redis.
  const { BullmqEngine } = await import('../../queues/bullmq/bullmq-engine.js');
  const engine = await BullmqEngine.open({
    url: redis,
    onNoWorkers: (queue) => onEvent({ type: 'no-workers', queue }),
  });
  return store === null ? engine : new BucketEngine(engine, store, work);
}
