import type { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { EarsightError, toEarsightError } from '../../core/errors.js';
import type { Engine, EngineEvent, Job } from '../engine.js';
import { EventStream } from '../event-stream.js';
import { checkRedis, memoryOf } from './check-redis.js';
import { JobWatch } from './job-watch.js';
import { QueueItems, type IgnoredItem } from './queue-items.js';
import { closeQueues, openQueues, type Queues } from './queues.js';
import { asRedisError, openRedis } from './redis-connection.js';
import { isCancelled } from './cancellation.js';
import { QUEUES, type QueueName } from './video-flow.js';
import { addVideo, cancelVideo } from './video-jobs.js';

export interface BullmqEngineOptions {
  readonly url: string;
  /** How many videos may wait before further ones are refused. */
  readonly maxWaiting?: number;
  /** How long Redis may be unreachable or full before waiting for it ends with an error. */
  readonly patienceSec?: number;
  /** Called once for each queue that has no workers. */
  readonly onNoWorkers?: (queue: QueueName) => void;
  /** Called for each item of the queues that is none of ours and was ignored. */
  readonly onIgnored?: (item: IgnoredItem) => void;
}

/** Restarting a server and loading its file takes seconds; a user waits about a minute before looking for the cause. */
const PATIENCE_SEC = 60;
const RETRY_INTERVAL_MS = 500;
/** Workers that are started together with a run are ready by then. */
const WORKERS_EXPECTED_MS = 10_000;
const RETRY_AFTER_SEC = 30;

/** Default for `maxWaiting`. A waiting video takes about 1.5 kB, so 15 MB of Redis in all. */
const MAX_WAITING = 10_000;
/** Share of Redis's memory limit at which videos are refused. The rest is for the steps and events of accepted videos. */
const MEMORY_SHARE = 0.8;
/** How long an answer is reused, so that a thousand submissions per second do not cause a thousand queries. */
const FRESH_MS = 500;

/** The engine of a fleet: adds jobs to queues in Redis, where workers on any machine take them, and reports their events. */
export class BullmqEngine implements Engine {
  private readonly stream = new EventStream<EngineEvent>();
  private readonly items: QueueItems;
  private readonly admission: Admission;
  private readonly patienceMs: number;
  private watch: JobWatch | null = null;
  /** Jobs that are being added to Redis: a cancellation waits until they are there. */
  private readonly submitting = new Map<string, Promise<void>>();
  /** Ids whose cancellation failed because Redis was unreachable; it is repeated later. */
  private readonly unsentCancels = new Set<string>();
  /** When Redis last worked. */
  private lastHealthyMs = performance.now();
  private fatal: EarsightError | null = null;
  private readonly openedMs = performance.now();
  private hasCheckedWorkers = false;
  private stopped = false;
  private wake: () => void = () => undefined;

  private constructor(
    private readonly options: BullmqEngineOptions,
    private readonly redis: Redis,
    readonly queues: Queues,
  ) {
    this.items = new QueueItems(options.onIgnored);
    this.admission = new Admission(redis, queues, options.maxWaiting ?? MAX_WAITING);
    this.patienceMs = (options.patienceSec ?? PATIENCE_SEC) * 1000;
  }

  /** @throws EarsightError EARSIGHT_REDIS_UNREACHABLE, EARSIGHT_REDIS_UNSAFE. */
  static async open(options: BullmqEngineOptions): Promise<BullmqEngine> {
    const redis = openRedis(options.url, 'fail');
    try {
      await checkRedis(redis, options.url);
    } catch (error) {
      redis.disconnect();
      throw asRedisError(error, options.url);
    }
    const engine = new BullmqEngine(options, redis, openQueues(redis));
    engine.watch = await JobWatch.open({
      url: options.url,
      queues: engine.queues,
      items: engine.items,
      onEvent: (event) => engine.forward(event),
      onLost: async (job) => await engine.recover(job),
      onPolled: (failure) => engine.onPolled(failure),
    });
    return engine;
  }

  /**
   * @throws EarsightError EARSIGHT_QUEUE_FULL, EARSIGHT_REDIS_UNREACHABLE when that lasts longer than `patienceSec`;
   * EARSIGHT_CANCELLED when all jobs were cancelled before there was room.
   */
  async submit(job: Job): Promise<void> {
    await this.whileSubmitting(job.id, async () => {
      for (;;) {
        if (this.fatal !== null) throw this.fatal;
        try {
          await this.add(job);
          return;
        } catch (error) {
          const { code } = toEarsightError(error);
          if (code !== 'EARSIGHT_QUEUE_FULL' && code !== 'EARSIGHT_REDIS_UNREACHABLE') throw error;
          if (performance.now() - this.lastHealthyMs > this.patienceMs) throw error;
          await sleep(RETRY_INTERVAL_MS);
        }
      }
    });
  }

  async offer(job: Job): Promise<void> {
    await this.whileSubmitting(job.id, async () => await this.add(job));
  }

  /** Checks Redis again, because its settings may have been changed since the start. */
  async checkHealth(): Promise<string | null> {
    return await checkRedis(this.redis, this.options.url).then(
      () => null,
      (error: unknown) => asRedisError(error, this.options.url).message,
    );
  }

  /** How many items of the queues were none of ours and were ignored. */
  get ignoredItems(): number {
    return this.items.ignored;
  }

  events(): AsyncIterable<EngineEvent> {
    return this.stream.read();
  }

  cancel(id?: string): void {
    if (id === undefined) this.stopped = true;
    const unfinished = (this.watch?.unfinished ?? []).map((job) => job.id);
    const ids = id === undefined ? new Set([...unfinished, ...this.submitting.keys()]) : [id];
    for (const one of ids) void this.cancelOne(one).catch(() => this.unsentCancels.add(one));
  }

  async drain(): Promise<void> {
    while ((this.watch?.unfinished.length ?? 0) > 0) {
      if (this.fatal !== null) throw this.fatal;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  async close(): Promise<void> {
    await this.watch?.close();
    await closeQueues(this.queues);
    this.redis.disconnect();
    this.stream.close();
  }

  /** Registers a job as being submitted, so that a concurrent cancellation waits for it. */
  private async whileSubmitting(id: string, submit: () => Promise<void>): Promise<void> {
    const submission = submit();
    this.submitting.set(id, submission);
    await submission.finally(() => {
      if (this.submitting.get(id) === submission) this.submitting.delete(id);
    });
  }

  private async add(job: Job): Promise<void> {
    if (this.stopped) throw new EarsightError('EARSIGHT_CANCELLED');
    this.unsentCancels.delete(job.id);
    try {
      const reason = await this.admission.refusal();
      if (reason !== null) throw new EarsightError('EARSIGHT_QUEUE_FULL', { reason, retryAfterSec: RETRY_AFTER_SEC });
      await addVideo(this.redis, this.queues, job);
    } catch (error) {
      throw asRedisError(error, this.options.url);
    }
    this.lastHealthyMs = performance.now();
    this.watch?.watch(job);
  }

  /** Handles a job that Redis no longer knows: it was cancelled and removed, here or elsewhere, or Redis has lost it. */
  private async recover(job: Job): Promise<void> {
    if (this.stopped || (await isCancelled(this.redis, job.id))) this.endCancelled(job);
    else await this.whileSubmitting(job.id, async () => await addVideo(this.redis, this.queues, job));
  }

  private endCancelled(job: Job): void {
    this.watch?.fail(job, new EarsightError('EARSIGHT_CANCELLED'));
  }

  private forward(event: EngineEvent): void {
    this.lastHealthyMs = performance.now();
    this.stream.push(event);
    if (event.type === 'done' || event.type === 'failed') this.wake();
  }

  /** Cancels one video. BullMQ emits no event for a video that is removed before it starts, so it is emitted here. */
  private async cancelOne(id: string): Promise<void> {
    await this.submitting.get(id)?.catch(() => undefined);
    const job = this.watch?.unfinished.find((unfinished) => unfinished.id === id);
    const gone = await cancelVideo(this.redis, this.queues, id);
    if (gone && job !== undefined) this.endCancelled(job);
  }

  /** Ends all waiting when Redis is unreachable, or too full to store results, for longer than `patienceSec`. */
  private onPolled(failure: unknown): void {
    void this.healthError(failure).then((error) => {
      if (error === null) {
        this.lastHealthyMs = performance.now();
        for (const id of this.unsentCancels) {
          this.unsentCancels.delete(id);
          this.cancel(id);
        }
        void this.checkWorkers().catch(() => undefined);
      } else if (performance.now() - this.lastHealthyMs > this.patienceMs) this.fatal = error;
      this.wake();
    });
  }

  /** Reports queues without workers once, because a run without workers would wait silently. */
  private async checkWorkers(): Promise<void> {
    const isDue = performance.now() - this.openedMs > WORKERS_EXPECTED_MS && this.watch?.unfinished.length !== 0;
    if (!isDue || this.hasCheckedWorkers || this.options.onNoWorkers === undefined) return;
    this.hasCheckedWorkers = true;
    for (const queue of QUEUES) if ((await this.queues[queue].getWorkersCount()) === 0) this.options.onNoWorkers(queue);
  }

  private async healthError(failure: unknown): Promise<EarsightError | null> {
    if (failure !== null) return asRedisError(failure, this.options.url);
    try {
      const { used, limit } = memoryOf(await this.redis.info('memory'));
      if (limit === 0 || used <= limit) return null;
      return new EarsightError('EARSIGHT_QUEUE_FULL', {
        reason: 'Redis has no memory left',
        retryAfterSec: RETRY_AFTER_SEC,
      });
    } catch (error) {
      return asRedisError(error, this.options.url);
    }
  }
}

/** Decides whether another video is accepted. It refuses before Redis is full, so that accepted videos can still finish. */
class Admission {
  private answer: Promise<string | null> | null = null;
  private askedMs = 0;

  constructor(
    private readonly redis: Redis,
    private readonly queues: Queues,
    private readonly maxWaiting: number,
  ) {}

  /** Why a video is refused; null when there is room. */
  async refusal(): Promise<string | null> {
    const now = performance.now();
    if (this.answer === null || now - this.askedMs > FRESH_MS) {
      this.askedMs = now;
      this.answer = this.query();
    }
    return await this.answer;
  }

  private async query(): Promise<string | null> {
    const [counts, info] = await Promise.all([
      this.queues.videos.getJobCounts('wait', 'delayed', 'prioritized'),
      this.redis.info('memory'),
    ]);
    const waiting = Object.values(counts).reduce((sum, count) => sum + count, 0);
    if (waiting >= this.maxWaiting) return `${waiting} videos wait`;
    const { used, limit } = memoryOf(info);
    if (limit > 0 && used > limit * MEMORY_SHARE)
      return `Redis uses ${Math.round((100 * used) / limit)} % of its memory`;
    return null;
  }
}
