import { relative } from 'node:path';
import { resolveDevice, type DeviceRequest } from '../../models/runtime/devices.js';
import { InlineEngine } from '../../queues/inline/inline-engine.js';
import { DataFolder } from '../../queues/server/data-folder.js';
import type { Published } from '../../queues/server/engine-desk.js';
import { openServer, type OpenServer, type ServerOptions } from '../../queues/server/open-server.js';
import { readLabelList } from '../../stages/label/label-set.js';
import { EarsightError } from '../errors.js';
import { ArtefactStore } from '../store/artefact-store.js';
import { choosePacks } from './choose-packs.js';
import { writeRunDocument } from './run-document.js';
import type { RunEvent } from './run-events.js';
import { graphOf, RunsWork } from './runs-work.js';
import { hashOfGraph } from './stage-graph.js';
import { readVideoRecord } from './video-record.js';

export interface ServeOptions extends Omit<ServerOptions, 'data' | 'engine' | 'outlives' | 'jobOf' | 'published'> {
  /** The server's own folder: jobs, uploads, results, keys. */
  readonly data: string;
  readonly packs?: readonly string[];
  readonly labels?: string;
  readonly segmentSec?: number;
  readonly frames?: 'all' | 'keyframes';
  readonly device?: DeviceRequest;
  readonly offline?: boolean;
  readonly timeoutSec?: number;
  readonly signal: AbortSignal;
  /** Packs and device, as a run tells them. */
  readonly onEvent: (event: RunEvent) => void;
}

/**
 * The REST server, with all work in this process: every job is a video of one run, whose settings are the server's.
 * @throws EarsightError as `run` does, and EARSIGHT_USAGE for an address it may not or cannot listen on.
 */
export async function serve(options: ServeOptions): Promise<OpenServer> {
  const device = options.device ?? 'auto';
  if (device !== 'auto') await resolveDevice(device);
  const labels = options.labels === undefined ? null : await readLabelList(options.labels);
  const { offline = false, signal, onEvent } = options;
  const chosen = await choosePacks({ named: options.packs ?? [], offline, signal, onEvent });
  onEvent({
    type: 'packs',
    names: chosen.resolved?.names ?? [],
    advice: chosen.advice,
    warnings: chosen.warnings.map(({ code, message }) => ({ code, message })),
  });
  const settings = {
    segment: String(options.segmentSec ?? 1),
    frames: options.frames ?? 'all',
    labels: labels === null ? null : labels.map(({ name, aliases }) => ({ name, aliases: [...aliases] })),
    timeoutSec: options.timeoutSec ?? null,
    packs: [...chosen.references],
    shardSec: null,
  };
  const data = await DataFolder.open(options.data);
  const run = await writeRunDocument(data.results, {
    schema: 1,
    ...settings,
    graph: hashOfGraph(graphOf(settings, chosen)),
  });
  const store = await ArtefactStore.open(data.results);
  const work = new RunsWork({ device, offline, onDevice: (found) => onEvent({ type: 'device', device: found }) });
  const server = await openServer({
    ...options,
    data,
    engine: new InlineEngine(work),
    outlives: false,
    jobOf: (record, id) => ({ id, input: record.input, output: record.id, run }),
    published: async (record) => await publishedOf(store, record.id),
  });
  return {
    ...server,
    close: async () => {
      await server.close();
      await work.close();
    },
  };
}

async function publishedOf(store: ArtefactStore, output: string): Promise<Published> {
  const record = await readVideoRecord(store, output);
  if (record === null) throw new EarsightError('EARSIGHT_STORE_CORRUPT', { key: output });
  const files = record.files.map(({ path, bytes }) => ({ name: relative(output, path), bytes }));
  return { durationSec: record.durationSec, files };
}
