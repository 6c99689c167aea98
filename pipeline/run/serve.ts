import type { DeviceRequest } from '../../models/runtime/devices.js';
import type { Engine } from '../../queues/engine.js';
import { InlineEngine } from '../../queues/inline/inline-engine.js';
import { MeasuredWork } from '../../queues/metrics/measured-work.js';
import { Metrics } from '../../queues/metrics/metrics.js';
import { DataFolder } from '../../server/data-folder.js';
import { openServer, type OpenServer, type ServerOptions } from '../../server/open-server.js';
import { ArtefactStore } from '../../core/store/artefact-store.js';
import { BucketEngine } from './bucket-engine.js';
import { FolderJobCleanup } from '../work/folder-job-cleanup.js';
import { openStores } from '../work/open-store.js';
import { prepareRun } from './prepare-run.js';
import { writeRunDocument } from '../work/run-document.js';
import type { RunOptions } from './run-options.js';
import { submitterWork } from './submitter-work.js';
import { WorkProcess } from '../processes/work-process.js';

type OfRun = Pick<
  RunOptions,
  | 'packs'
  | 'labels'
  | 'segmentSec'
  | 'frames'
  | 'detector'
  | 'threshold'
  | 'minShotSec'
  | 'device'
  | 'offline'
  | 'timeoutSec'
  | 'shardSec'
  | 'signal'
  | 'onEvent'
>;
type OfServer = Omit<ServerOptions, 'data' | 'engine' | 'outlives' | 'jobOf' | 'remains' | 'metrics' | 'queues'>;

export interface ServeOptions extends OfRun, OfServer {
  /** The server's own folder: jobs, uploads, results, keys. With `redis` the same path on every worker's machine. */
  readonly data: string;
  /** Address of the Redis server whose workers do the work; without it a process of the server's own. */
  readonly redis?: string;
  /** With `redis`: where the work lies, for workers that do not share the server's folder; see `RunOptions`. */
  readonly store?: string;
}

type Placed = Pick<ServerOptions, 'engine' | 'outlives' | 'queues'> & { readonly close: () => Promise<void> };

/**
 * The REST server: every job is a video of one run, whose settings are the server's.
 * @throws EarsightError as `run` does, and EARSIGHT_USAGE for an address it may not or cannot listen on.
 */
export async function serve(options: ServeOptions): Promise<OpenServer> {
  const data = await DataFolder.open(options.data);
  const letGo = await data.take(options.signal ?? new AbortController().signal);
  try {
    const server = await serveFrom(data, options);
    return {
      ...server,
      close: async () => {
        await server.close();
        await letGo();
      },
    };
  } catch (error) {
    await letGo();
    throw error;
  }
}

async function serveFrom(data: DataFolder, options: ServeOptions): Promise<OpenServer> {
  const { document, graph } = await prepareRun({ ...options, inputs: [], out: data.results });
  const place = await openStores(options, data.results);
  const run = await writeRunDocument(place.documents, place.out, document);
  const folder = await ArtefactStore.open(data.results);
  const metrics = new Metrics();
  const { store } = place;
  const work = submitterWork(data.results, folder, store ?? folder, graph, document);
  const reach = (fleet: Engine): Engine => (store === null ? fleet : new BucketEngine(fleet, store, work));
  const placed =
    options.redis === undefined ? placeHere(options, metrics) : await placeOnFleet(options.redis, metrics, reach);
  const close = async () => {
    await placed.close();
    metrics.close();
  };
  try {
    const server = await openServer({
      ...options,
      ...placed,
      data,
      metrics,
      jobOf: (record, id) => ({ id, input: record.input, output: record.id, run }),
      remains: new FolderJobCleanup(folder, work),
    });
    return {
      ...server,
      close: async () => {
        await server.close();
        await close();
      },
    };
  } catch (error) {
    await placed.engine.close();
    await close();
    throw error;
  }
}

function placeHere(options: OfRun, metrics: Metrics): Placed {
  const device: DeviceRequest = options.device ?? 'auto';
  const { offline = false, onEvent } = options;
  const work = new WorkProcess({ device, offline, onDevice: (found) => onEvent?.({ type: 'device', device: found }) });
  const engine = new InlineEngine(new MeasuredWork(work, metrics));
  return { engine, outlives: false, queues: null, close: async () => await work.close() };
}

async function placeOnFleet(redis: string, metrics: Metrics, reach: (fleet: Engine) => Engine): Promise<Placed> {
  // Imported late: a server by itself needs no Redis.
  const { BullmqEngine } = await import('../../queues/bullmq/bullmq-engine.js');
  const engine = await BullmqEngine.open({ url: redis });
  metrics.watchQueues(engine.queues);
  return { engine: reach(engine), outlives: true, queues: engine.queues, close: () => Promise.resolve() };
}
