import type { DeviceRequest } from '../../models/runtime/devices.js';
import { BullmqWorker, type WorkerEvent } from '../../queues/bullmq/bullmq-worker.js';
import { defaultConcurrency } from '../../queues/inline/concurrency.js';
import { startExporter } from '../../queues/metrics/exporter.js';
import { MeasuredWork } from '../../queues/metrics/measured-work.js';
import { Metrics } from '../../queues/metrics/metrics.js';
import { startTracing } from '../../queues/metrics/tracing.js';
import type { Resource } from '../../core/stage.js';
import { GuardedWork } from '../work/guarded-work.js';
import type { OnStepStart } from '../work/record-death.js';
import { MultiRunWork } from '../work/multi-run-work.js';
import { RootedWork, type WorkRoots } from '../work/rooted-work.js';

export interface WorkerOptions {
  /** Address of the Redis server. */
  readonly redis: string;
  /** The classes of work to take jobs of. */
  readonly queues: readonly Resource[];
  /** Jobs of each class at once; by default what the cores of this machine can do. */
  readonly concurrency?: number;
  readonly device: DeviceRequest;
  readonly offline: boolean;
  /** BullMQ's lock duration: a worker that does not renew its lock for this long counts as dead. */
  readonly lockSec: number;
  /** Address on which the metrics are served, without authentication; they are not served without it. */
  readonly metrics?: { readonly port: number; readonly host: string };
  /** The folders that jobs may name. */
  readonly roots: WorkRoots;
  readonly onStepStart: OnStepStart;
  readonly onEvent: (event: WorkerEvent | { readonly type: 'device'; readonly device: string }) => void;
}

export interface RunningWorker {
  /** Takes no more jobs, waits for running ones until the deadline, then hands the rest back to the queue. */
  close(deadlineMs: number): Promise<void>;
}

/** @throws EarsightError EARSIGHT_REDIS_UNREACHABLE, EARSIGHT_REDIS_UNSAFE, EARSIGHT_USAGE for a port that is taken. */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { redis, lockSec, onEvent, offline, device } = options;
  const runs = new MultiRunWork({ device, offline, onDevice: (found) => onEvent({ type: 'device', device: found }) });
  const defaults = defaultConcurrency();
  const concurrency = Object.fromEntries(
    options.queues.map((queue) => [queue, options.concurrency ?? defaults[queue]] as const),
  );
  const stopTracing = await startTracing();
  const metrics = new Metrics();
  const { metrics: address } = options;
  const exporter = address === undefined ? null : await startExporter(metrics, address.port, address.host);
  const guarded = new GuardedWork(runs, options.onStepStart);
  const work = new MeasuredWork(new RootedWork(guarded, options.roots), metrics);
  const worker = await BullmqWorker.start({ url: redis, work, concurrency, lockSec, onEvent });
  metrics.watchQueues(worker.queues);
  return {
    close: async (deadlineMs) => {
      await worker.close(deadlineMs);
      await runs.close();
      await exporter?.close();
      metrics.close();
      await stopTracing?.();
    },
  };
}
