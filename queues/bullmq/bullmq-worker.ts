import { Worker, type Job as QueueJob, type WorkerOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Resource } from '../../core/stage.js';
import type { Work } from '../engine.js';
import { tracing } from '../metrics/tracing.js';
import { BackPressure } from './back-pressure.js';
import { checkRedis } from './check-redis.js';
import type { ProcessorContext } from './processor-context.js';
import { findStuckVideos, type StuckVideo } from './stuck-videos.js';
import { QueueItems, type IgnoredItem } from './queue-items.js';
import { closeQueues, openQueues, type Queues } from './queues.js';
import { asRedisError, openRedis } from './redis-connection.js';
import { MAX_STALLS } from './job-failure.js';
import { processStep } from './step-processor.js';
import { CancellationListener } from './cancellation.js';
import { PREFIX, type QueueName, type StepData, type VideoData } from './video-flow.js';
import { processVideo } from './video-processor.js';

export interface BullmqWorkerOptions {
  readonly url: string;
  readonly work: Work;
  /** How many jobs of each resource class run at once; a class that is not named is left to other workers. */
  readonly concurrency: Readonly<Partial<Record<Resource, number>>>;
  /** A worker that does not renew its locks for this long counts as dead, and its jobs are given to other workers. */
  readonly lockSec: number;
  readonly onEvent: (event: WorkerEvent) => void;
}

export type WorkerEvent =
  | { readonly type: 'active' | 'completed'; readonly queue: QueueName; readonly id: string; readonly attempt: number }
  | {
      readonly type: 'failed';
      readonly queue: QueueName;
      readonly id: string;
      readonly attempt: number;
      readonly reason: string;
    }
  | { readonly type: 'stalled'; readonly queue: QueueName; readonly id: string }
  | ({ readonly type: 'long-wait' } & StuckVideo)
  | ({ readonly type: 'ignored' } & IgnoredItem)
  | { readonly type: 'error'; readonly queue: QueueName; readonly reason: string };

/** Videos that wait too long for their steps are reported this often. */
const STUCK_CHECK_INTERVAL_MS = 10 * 60_000;

/** Time after the deadline for aborted steps to end. Steps must end within two seconds of an abort. */
const ABORT_GRACE_MS = 5_000;

/** Processes the jobs of a Redis server's queues until it is closed. */
export class BullmqWorker {
  private readonly workers = new Map<QueueName, Worker>();
  private readonly pressures: BackPressure[] = [];
  private readonly leaving = new AbortController();
  private stuckCheck: NodeJS.Timeout | undefined;

  private constructor(
    private readonly options: BullmqWorkerOptions,
    private readonly redis: Redis,
    readonly queues: Queues,
    private readonly cancellations: CancellationListener,
  ) {}

  /** @throws EarsightError EARSIGHT_REDIS_UNREACHABLE, EARSIGHT_REDIS_UNSAFE. */
  static async start(options: BullmqWorkerOptions): Promise<BullmqWorker> {
    const connection = openRedis(options.url, 'fail');
    try {
      await checkRedis(connection, options.url);
    } catch (error) {
      throw asRedisError(error, options.url);
    } finally {
      connection.disconnect();
    }
    const redis = openRedis(options.url, 'wait');
    const worker = new BullmqWorker(options, redis, openQueues(redis), await CancellationListener.listen(redis));
    worker.startWorkers();
    return worker;
  }

  /**
   * Takes no further jobs and waits for the active ones; after the deadline they are aborted and returned to their
   * queues.
   */
  async close(deadlineMs: number): Promise<void> {
    clearInterval(this.stuckCheck);
    for (const pressure of this.pressures) pressure.close();
    const workers = [...this.workers.values()];
    const closing = Promise.all(workers.map(async (worker) => await worker.close()));
    await Promise.race([closing, sleep(deadlineMs, undefined, { ref: false })]);
    this.leaving.abort();
    // Jobs that ignore the abort are left to the stalled-job check of other workers; BullMQ would wait for them for ever.
    await Promise.race([closing, sleep(ABORT_GRACE_MS, undefined, { ref: false })]);
    await closeQueues(this.queues);
    this.cancellations.close();
    this.redis.disconnect();
  }

  private startWorkers(): void {
    const { redis, queues, cancellations } = this;
    const { concurrency, work } = this.options;
    const items = new QueueItems((item) => this.options.onEvent({ type: 'ignored', ...item }));
    const context: ProcessorContext = { work, redis, queues, items, cancellations, leaving: this.leaving.signal };
    for (const resource of ['media', 'inference', 'light'] as const) {
      const count = concurrency[resource];
      if (count === undefined) continue;
      this.startWorker(
        resource,
        count,
        async (bull: QueueJob<StepData>, token) => await processStep(context, bull, token),
      );
    }
    // Planning and publishing is light work, so the workers of the class `light` process the videos too.
    if (concurrency.light !== undefined)
      this.startWorker('videos', concurrency.light, async (bull: QueueJob<VideoData>, token) => {
        await processVideo(context, bull, token);
      });
    if (concurrency.light !== undefined)
      this.stuckCheck = setInterval(() => void this.reportStuckVideos(), STUCK_CHECK_INTERVAL_MS);
    this.addBackPressure('videos', 'media');
    this.addBackPressure('media', 'inference');
  }

  private async reportStuckVideos(): Promise<void> {
    const waits = await findStuckVideos(this.queues).catch(() => []);
    for (const wait of waits) this.options.onEvent({ type: 'long-wait', ...wait });
  }

  private startWorker<Data>(
    queue: QueueName,
    concurrency: number,
    process: (bull: QueueJob<Data>, token: string) => Promise<void>,
  ): void {
    const { onEvent, lockSec } = this.options;
    const options: WorkerOptions = {
      connection: this.redis,
      prefix: PREFIX,
      concurrency,
      lockDuration: lockSec * 1000,
      stalledInterval: (lockSec * 1000) / 2,
      maxStalledCount: MAX_STALLS,
      ...tracing(),
    };
    const worker = new Worker<Data>(queue, async (bull, token = '') => await process(bull, token), options);
    const describe = (bull: QueueJob) => ({ queue, id: bull.id ?? '', attempt: bull.attemptsStarted });
    worker.on('active', (bull) => onEvent({ type: 'active', ...describe(bull) }));
    worker.on('completed', (bull) => onEvent({ type: 'completed', ...describe(bull) }));
    worker.on('failed', (bull, error) => {
      if (bull !== undefined) onEvent({ type: 'failed', ...describe(bull), reason: error.message });
    });
    worker.on('stalled', (id) => onEvent({ type: 'stalled', queue, id }));
    worker.on('error', (error) => onEvent({ type: 'error', queue, reason: error.message }));
    this.workers.set(queue, worker);
  }

  private addBackPressure(name: QueueName, fed: QueueName): void {
    const consumer = this.workers.get(name);
    if (consumer !== undefined) this.pressures.push(new BackPressure(consumer, this.queues[fed]));
  }
}
