import { resolve } from 'node:path';
import type { ResolvedStack } from '../../models/packs/resolve-packs.js';
import { resolveDevice } from '../../models/runtime/devices.js';
import { readLabelList } from '../../stages/label/label-set.js';
import { EarsightError } from '../../core/errors.js';
import { choosePacks } from '../work/choose-packs.js';
import type { RunDocument } from '../work/run-document.js';
import { graphOf } from '../work/standard-graph.js';
import type { RunOptions } from './run-options.js';
import { FLEET_SHARD_SEC } from '../work/sharding.js';
import { hashOfGraph, type StageGraph } from '../work/stage-graph.js';
import { shotSettingsOf } from './shot-settings.js';
import { unknownLabels } from './unknown-labels.js';

export interface PreparedRun {
  /** Absolute. */
  readonly out: string;
  /** What a worker elsewhere needs to do the same. */
  readonly document: RunDocument;
  readonly graph: StageGraph;
  readonly resolved: ResolvedStack | null;
}

/**
 * Follows what the user named (packs, labels, device) before anything is begun.
 * @throws EarsightError EARSIGHT_USAGE, EARSIGHT_LABELS_INVALID, EARSIGHT_PACK_…, EARSIGHT_HUB_…, EARSIGHT_DEVICE_MISSING.
 */
export async function prepareRun(options: RunOptions): Promise<PreparedRun> {
  const onEvent = options.onEvent ?? (() => undefined);
  const signal = options.signal ?? new AbortController().signal;
  const { device = 'auto' } = options;
  // Nearly always a shell variable that is not set; it would stand for the current folder.
  if (options.out === '') throw new EarsightError('EARSIGHT_USAGE', { reason: 'the output folder has no name' });
  const shots = shotSettingsOf(options);
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
