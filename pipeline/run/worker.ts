import type { DeviceRequest } from '../../models/runtime/devices.js';
import { BullmqWorker, type WorkerEvent } from '../../queues/bullmq/bullmq-worker.js';
import { defaultConcurrency } from '../../queues/inline/concurrency.js';
import type { Resource } from '../stage.js';
import { GuardedWork, type Announce } from './guarded-work.js';
import { RunsWork } from './runs-work.js';

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
  readonly announce: Announce;
  readonly onEvent: (event: WorkerEvent | { readonly type: 'device'; readonly device: string }) => void;
}

export interface RunningWorker {
  /** Takes nothing more, waits for what is under way until the deadline, then hands it back. */
  close(deadlineMs: number): Promise<void>;
}

/** @throws EarsightError EARSIGHT_REDIS_UNREACHABLE, EARSIGHT_REDIS_UNSAFE. */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { redis, lockSec, onEvent, offline, device } = options;
  const runs = new RunsWork({ device, offline, onDevice: (found) => onEvent({ type: 'device', device: found }) });
  const usual = defaultConcurrency();
  const concurrency = Object.fromEntries(
    options.queues.map((queue) => [queue, options.concurrency ?? usual[queue]] as const),
  );
  const work = new GuardedWork(runs, options.announce);
  const worker = await BullmqWorker.start({ url: redis, work, concurrency, lockSec, onEvent });
  return {
    close: async (deadlineMs) => {
      await worker.close(deadlineMs);
      await runs.close();
    },
  };
}
