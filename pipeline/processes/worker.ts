import type { DeviceRequest } from '../../models/runtime/devices.js';
import { BullmqWorker, type WorkerEvent } from '../../queues/bullmq/bullmq-worker.js';
import { defaultConcurrency } from '../../queues/inline/concurrency.js';
import { startExporter } from '../../queues/metrics/exporter.js';
import { MeasuredWork } from '../../queues/metrics/measured-work.js';
import { Metrics } from '../../queues/metrics/metrics.js';
import { startTracing } from '../../queues/metrics/tracing.js';
import type { Resource } from '../../core/stage.js';
import { GuardedWork } from '../work/guarded-work.js';
import type { AnnounceStep } from '../work/record-death.js';
import { MultiRunWork } from '../work/multi-run-work.js';

export interface WorkerOptions {
  /** Address of the Redis server. */
  readonly redis: string;
  /** Which classes of work to take. */
  readonly queues: readonly Resource[];
  /** Jobs of each class at once; what the cores of this machine can do without it. */
  readonly concurrency?: number;
  readonly device: DeviceRequest;
  readonly offline: boolean;
  /** A worker that is silent for so long is taken for dead. */
  readonly lockSec: number;
  /** Where this worker's metrics are to be had, by whoever reaches it; nowhere without it. */
  readonly metrics?: { readonly port: number; readonly host: string };
  readonly announce: AnnounceStep;
  readonly onEvent: (event: WorkerEvent | { readonly type: 'device'; readonly device: string }) => void;
}

export interface RunningWorker {
  /** Takes nothing more, waits for what is under way until the deadline, then hands it back. */
  close(deadlineMs: number): Promise<void>;
}

/** @throws EarsightError EARSIGHT_REDIS_UNREACHABLE, EARSIGHT_REDIS_UNSAFE, EARSIGHT_USAGE for a port that is taken. */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { redis, lockSec, onEvent, offline, device } = options;
  const runs = new MultiRunWork({ device, offline, onDevice: (found) => onEvent({ type: 'device', device: found }) });
  const usual = defaultConcurrency();
  const concurrency = Object.fromEntries(
    options.queues.map((queue) => [queue, options.concurrency ?? usual[queue]] as const),
  );
  const stopTracing = await startTracing();
  const metrics = new Metrics();
  const { metrics: place } = options;
  const exporter = place === undefined ? null : await startExporter(metrics, place.port, place.host);
  const work = new MeasuredWork(new GuardedWork(runs, options.announce), metrics);
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
