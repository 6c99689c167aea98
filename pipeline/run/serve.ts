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
import { prepareRun, submitterWork } from './prepare-run.js';
import { writeRunDocument } from '../work/run-document.js';
import type { RunOptions } from './run-options.js';
import { WorkProcess } from '../processes/work-process.js';

type RunSettings = Pick<
  RunOptions,
  | 'packs'
  | 'labels'
  | 'segmentSec'
  | 'frames'
  | 'detector'
  | 'threshold'
  | 'minShotSec'
  | 'transcript'
  | 'language'
  | 'keepDoubtful'
  | 'subtitles'
  | 'device'
  | 'offline'
  | 'timeoutSec'
  | 'shardSec'
  | 'signal'
  | 'onEvent'
>;
type ServerSettings = Omit<ServerOptions, 'data' | 'engine' | 'isDurable' | 'jobOf' | 'cleanup' | 'metrics' | 'queues'>;

export interface ServeOptions extends RunSettings, ServerSettings {
  /** The server's own folder: jobs, uploads, results, keys. With `redis` the same path on every worker's machine. */
  readonly data: string;
  /** Address of the Redis server whose workers process the videos. Without it the server starts a work process. */
  readonly redis?: string;
  /** With `redis`: a bucket, for workers that do not share the server's folder; see `RunOptions`. */
  readonly store?: string;
}

type EngineSetup = Pick<ServerOptions, 'engine' | 'isDurable' | 'queues'> & { readonly close: () => Promise<void> };

/**
 * Starts the REST server. Every job is a video of one run, which has the settings of the server.
 * @throws EarsightError as `run` does, and EARSIGHT_USAGE for an address that it may not or cannot listen on.
 */
export async function serve(options: ServeOptions): Promise<OpenServer> {
  const data = await DataFolder.open(options.data);
  const unlock = await data.lock(options.signal ?? new AbortController().signal);
  try {
    const server = await serveLocked(data, options);
    return {
      ...server,
      close: async () => {
        await server.close();
        await unlock();
      },
    };
  } catch (error) {
    await unlock();
    throw error;
  }
}

async function serveLocked(data: DataFolder, options: ServeOptions): Promise<OpenServer> {
  const prepared = await prepareRun({ ...options, inputs: [], out: data.results });
  const stores = await openStores(options, data.results);
  const run = await writeRunDocument(stores.documents, stores.out, prepared.document);
  const folder = await ArtefactStore.open(data.results);
  const metrics = new Metrics();
  const { store } = stores;
  const work = submitterWork(prepared, folder, store ?? folder);
  const withBucket = (fleet: Engine): Engine => (store === null ? fleet : new BucketEngine(fleet, store, work));
  const { close: closeEngine, ...setup } =
    options.redis === undefined ? localEngine(options, metrics) : await fleetEngine(options.redis, metrics, withBucket);
  const close = async () => {
    await closeEngine();
    metrics.close();
  };
  try {
    const server = await openServer({
      ...options,
      ...setup,
      data,
      metrics,
      jobOf: (record, id) => ({ id, input: record.input, output: record.id, run }),
      cleanup: new FolderJobCleanup(folder, work),
    });
    return {
      ...server,
      close: async () => {
        await server.close();
        await close();
      },
    };
  } catch (error) {
    await setup.engine.close();
    await close();
    throw error;
  }
}

function localEngine(options: RunSettings, metrics: Metrics): EngineSetup {
  const device: DeviceRequest = options.device ?? 'auto';
  const { offline = false, onEvent } = options;
  const work = new WorkProcess({ device, offline, onDevice: (found) => onEvent?.({ type: 'device', device: found }) });
  const engine = new InlineEngine(new MeasuredWork(work, metrics));
  return { engine, isDurable: false, queues: null, close: async () => await work.close() };
}

async function fleetEngine(
  redis: string,
  metrics: Metrics,
  withBucket: (fleet: Engine) => Engine,
): Promise<EngineSetup> {
  // Imported only when needed: a server without --redis uses no Redis.
  const { BullmqEngine } = await import('../../queues/bullmq/bullmq-engine.js');
  const engine = await BullmqEngine.open({ url: redis });
  metrics.watchQueues(engine.queues);
  return { engine: withBucket(engine), isDurable: true, queues: engine.queues, close: () => Promise.resolve() };
}
