import { resolve } from 'node:path';
import type { ResolvedStack } from '../../models/packs/resolve-packs.js';
import { resolveDevice } from '../../models/runtime/devices.js';
import { readLabelList } from '../../stages/label/label-set.js';
import { EarsightError } from '../../core/errors.js';
import type { ArtefactStore } from '../../core/store/artefact-store.js';
import type { Store } from '../../core/store/store.js';
import { NO_PACK, choosePacks } from '../work/choose-packs.js';
import { ResultFolder } from '../work/result-folder.js';
import type { RunDocument } from '../work/run-document.js';
import { graphOf } from '../work/standard-graph.js';
import type { RunOptions } from './run-options.js';
import { FLEET_SHARD_SEC, shardingOf } from '../work/sharding.js';
import { hashOfGraph, type StageGraph } from '../work/stage-graph.js';
import { shotSettingsOf } from './shot-settings.js';
import { VideoWork } from '../work/video-work.js';
import { unknownLabels } from './unknown-labels.js';

export interface PreparedRun {
  /** Absolute. */
  readonly out: string;
  /** What a worker on another machine needs to build the same graph. */
  readonly document: RunDocument;
  readonly graph: StageGraph;
  readonly resolved: ResolvedStack | null;
}

/**
 * Resolves what the user named (packs, labels, device) before any video is processed.
 * @throws EarsightError EARSIGHT_USAGE, EARSIGHT_LABELS_INVALID, EARSIGHT_PACK_…, EARSIGHT_HUB_…,
 * EARSIGHT_DEVICE_MISSING.
 */
export async function prepareRun(options: RunOptions): Promise<PreparedRun> {
  const onEvent = options.onEvent ?? (() => undefined);
  const signal = options.signal ?? new AbortController().signal;
  const { device = 'auto' } = options;
  // Nearly always an unset shell variable. `resolve` would turn it into the current folder.
  if (options.out === '') throw new EarsightError('EARSIGHT_USAGE', { reason: 'the output folder has no name' });
  const shots = shotSettingsOf(options);
  // A named device that is missing must fail now, not at the first video.
  if (device !== 'auto') await resolveDevice(device);
  const labels = options.labels === undefined ? null : await readLabelList(options.labels);
  const chosen = await choosePacks({
    named: options.packs ?? [],
    offline: options.offline ?? false,
    signal,
    onEvent,
  });
  const { resolved, references, warnings, advice } = chosen;
  if (labels !== null && options.packs?.includes(NO_PACK))
    throw new EarsightError('EARSIGHT_USAGE', { reason: `labels need networks, and --pack ${NO_PACK} means none` });
  onEvent({
    type: 'packs',
    names: resolved?.names ?? [],
    advice,
    warnings: warnings.map(({ code, message }) => ({ code, message })),
  });
  const unknown = labels === null || resolved === null ? [] : await unknownLabels(labels, resolved.models);
  if (unknown.length > 0) onEvent({ type: 'unknown-labels', names: unknown, of: labels?.length ?? 0 });
  const settings = {
    segment: String(options.segmentSec ?? 1),
    frames: options.frames ?? 'all',
    ...(shots === null ? {} : { shots }),
    labels: labels === null ? null : labels.map((label) => ({ ...label, aliases: [...label.aliases] })),
    timeoutSec: options.timeoutSec ?? null,
    packs: [...references],
    shardSec: options.shardSec ?? (options.redis === undefined ? null : FLEET_SHARD_SEC),
  };
  const graph = graphOf(settings, chosen);
  const document = { schema: 1 as const, ...settings, graph: hashOfGraph(graph) };
  return { out: resolve(options.out), document, graph, resolved };
}

/**
 * The work of a process that submits videos and runs no network: it finds out what is finished, and publishes what the
 * workers made.
 * @param folder the store in the output folder.
 * @param store where the artefacts are kept; it may be `folder`.
 */
export function submitterWork({ out, document, graph }: PreparedRun, folder: ArtefactStore, store: Store): VideoWork {
  const services = { packs: () => Promise.resolve(null), cacheFolder: store.cacheFolder };
  const results = new ResultFolder(out, folder, graph);
  return new VideoWork({ store, graph, services, results, sharding: shardingOf(document, graph) });
}
