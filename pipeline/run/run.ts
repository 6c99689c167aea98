import { join } from 'node:path';
import type { Engine, Work } from '../../queues/engine.js';
import { InlineEngine } from '../../queues/inline/inline-engine.js';
import { EarsightError } from '../errors.js';
import { LazyPacks } from './lazy-packs.js';
import { prepareRun } from './prepare-run.js';
import { runVideos, type RunResult } from './run-videos.js';
import type { RunEvent } from './run-events.js';
import type { RunOptions } from './run-options.js';
import { settingsName, writeRunDocument } from './run-document.js';
import { shardingOf } from './runs-work.js';

/**
 * Takes every video of `inputs` through the whole pipeline, in this process or by the workers of a Redis server.
 * A bad input costs its own row; only what concerns the run as a whole is thrown.
 * @throws EarsightError EARSIGHT_USAGE, EARSIGHT_LABELS_INVALID, EARSIGHT_PACK_…, EARSIGHT_DEVICE_MISSING,
 * EARSIGHT_OUTPUT_UNWRITABLE, EARSIGHT_DISK_FULL, EARSIGHT_REDIS_…, EARSIGHT_QUEUE_FULL.
 */
export async function run(options: RunOptions): Promise<RunResult> {
  if (options.inputs.length === 0) throw new EarsightError('EARSIGHT_USAGE', { reason: 'no input was named' });
  const onEvent = options.onEvent ?? (() => undefined);
  const { out, document, graph, resolved } = await prepareRun(options);
  const { redis } = options;
  if (redis !== undefined) await writeRunDocument(out, document);
  const packs = new LazyPacks(resolved, options.device ?? 'auto', (found) =>
    onEvent({ type: 'device', device: found }),
  );
  try {
    return await runVideos({
      inputs: options.inputs,
      outputFolder: out,
      graph,
      sharding: shardingOf(document, graph),
      services: { packs: async () => await packs.packs(), cacheFolder: join(out, '.earsight', 'cache') },
      settings: settingsName(document),
      packs: resolved?.names ?? [],
      frameMode: document.frames,
      force: options.force ?? false,
      signal: options.signal ?? new AbortController().signal,
      createEngine: async (work) => await engineFor(work, redis, onEvent),
      speedOfLight: () => packs.speedOfLight(),
      onEvent,
    });
  } finally {
    await packs.close();
  }
}

async function engineFor(work: Work, redis: string | undefined, onEvent: (event: RunEvent) => void): Promise<Engine> {
  if (redis === undefined) return new InlineEngine(work);
  // Imported late: most runs need no Redis.
  const { BullmqEngine } = await import('../../queues/bullmq/bullmq-engine.js');
  return await BullmqEngine.open({ url: redis, onNoWorkers: (queue) => onEvent({ type: 'no-workers', queue }) });
}
