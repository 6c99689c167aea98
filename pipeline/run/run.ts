import { join } from 'node:path';
import type { DeviceRequest } from '../../models/runtime/devices.js';
import type { Engine, Work } from '../../queues/engine.js';
import { InlineEngine } from '../../queues/inline/inline-engine.js';
import { EarsightError } from '../errors.js';
import { LazyPacks } from './lazy-packs.js';
import { prepareRun } from './prepare-run.js';
import { runVideos, type RunResult } from './run-videos.js';
import type { RunEvent } from './run-events.js';
import { settingsName, writeRunDocument } from './run-document.js';
import { shardingOf } from './runs-work.js';

export interface RunOptions {
  /** Files, folders (walked recursively) and `.txt` lists of paths. */
  readonly inputs: readonly string[];
  /** The folder the results go to; made if need be. */
  readonly out: string;
  /** Names of pulled packs or folders of others, stacked; without any `clip-clap`, fetched on first use, or else `built-in`. */
  readonly packs?: readonly string[];
  /** Path of a label list; LLP's 25 classes without one. */
  readonly labels?: string;
  /** Seconds a segment, to the microsecond; 1 by default. */
  readonly segmentSec?: number;
  /** `keyframes` decodes only those: much faster, coarser. `all` by default. */
  readonly frames?: 'all' | 'keyframes';
  /** `auto` takes the best that is there. One asked for by name must be there. */
  readonly device?: DeviceRequest;
  /** Never touch the network: a pack that is not here is not fetched. */
  readonly offline?: boolean;
  /** Wall-clock limit for decoding one file; two hours by default. */
  readonly timeoutSec?: number;
  /**
   * Videos that last more seconds are worked on in parts of about that length; the results are the same. Ten minutes on a
   * fleet; never in one process unless told, where one ffmpeg keeps every core busy.
   */
  readonly shardSec?: number;
  /** Address of a Redis server: its workers do the work, and this process only submits and watches. */
  readonly redis?: string;
  /** Do everything anew, finished or not. */
  readonly force?: boolean;
  /** Stops the run; what is finished is kept, and the next run goes on from there. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
}

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
      createEngine: async (work) => await engineFor(work, redis),
      speedOfLight: () => packs.speedOfLight(),
      onEvent,
    });
  } finally {
    await packs.close();
  }
}

async function engineFor(work: Work, redis: string | undefined): Promise<Engine> {
  if (redis === undefined) return new InlineEngine(work);
  // Imported late: most runs need no Redis.
  const { BullmqEngine } = await import('../../queues/bullmq/bullmq-engine.js');
  return await BullmqEngine.open({ url: redis });
}
