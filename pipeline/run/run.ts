import { join, resolve } from 'node:path';
import { resolveDevice, type DeviceRequest } from '../../models/runtime/devices.js';
import { InlineEngine } from '../../queues/inline/inline-engine.js';
import { readLabelList } from '../../stages/label/label-set.js';
import { EarsightError } from '../errors.js';
import { choosePacks } from './choose-packs.js';
import { LazyPacks } from './lazy-packs.js';
import { runVideos, type RunResult } from './run-videos.js';
import type { RunEvent } from './run-events.js';
import { settingsName } from './run-document.js';
import { graphOf, shardingOf } from './runs-work.js';
import { hashOfGraph } from './stage-graph.js';

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
   * Videos that last more seconds are worked on in parts of about that length; the results are the same. None unless told: one ffmpeg keeps every core of one machine busy.
   */
  readonly shardSec?: number;
  /** Do everything anew, finished or not. */
  readonly force?: boolean;
  /** Stops the run; what is finished is kept, and the next run goes on from there. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
}

/**
 * Takes every video of `inputs` through the whole pipeline, in this process.
 * A bad input costs its own row; only what concerns the run as a whole is thrown.
 * @throws EarsightError EARSIGHT_USAGE, EARSIGHT_LABELS_INVALID, EARSIGHT_PACK_…, EARSIGHT_DEVICE_MISSING,
 * EARSIGHT_OUTPUT_UNWRITABLE, EARSIGHT_DISK_FULL.
 */
export async function run(options: RunOptions): Promise<RunResult> {
  if (options.inputs.length === 0) throw new EarsightError('EARSIGHT_USAGE', { reason: 'no input was named' });
  const onEvent = options.onEvent ?? (() => undefined);
  const signal = options.signal ?? new AbortController().signal;
  const frames = options.frames ?? 'all';
  const device = options.device ?? 'auto';
  // A named device that is missing is an error at once, not at the first video.
  if (device !== 'auto') await resolveDevice(device);
  const labels = options.labels === undefined ? null : await readLabelList(options.labels);
  const chosen = await choosePacks({
    named: options.packs ?? [],
    offline: options.offline ?? false,
    signal,
    onEvent,
  });
  const { resolved, references, warnings, advice } = chosen;
  onEvent({
    type: 'packs',
    names: resolved?.names ?? [],
    advice,
    warnings: warnings.map(({ code, message }) => ({ code, message })),
  });
  const settings = {
    segment: String(options.segmentSec ?? 1),
    frames,
    labels: labels === null ? null : labels.map(({ name, aliases }) => ({ name, aliases: [...aliases] })),
    timeoutSec: options.timeoutSec ?? null,
    packs: [...references],
    shardSec: options.shardSec ?? null,
  };
  const graph = graphOf(settings, chosen);
  const out = resolve(options.out);
  const document = { schema: 1 as const, ...settings, graph: hashOfGraph(graph) };
  const packs = new LazyPacks(resolved, device, (found) => onEvent({ type: 'device', device: found }));
  try {
    return await runVideos({
      inputs: options.inputs,
      outputFolder: out,
      graph,
      sharding: shardingOf(settings, graph),
      services: { packs: async () => await packs.packs(), cacheFolder: join(out, '.earsight', 'cache') },
      settings: settingsName(document),
      packs: resolved?.names ?? [],
      frameMode: frames,
      force: options.force ?? false,
      signal,
      createEngine: (work) => new InlineEngine(work),
      speedOfLight: () => packs.speedOfLight(),
      onEvent,
    });
  } finally {
    await packs.close();
  }
}
