import type { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { EarsightError, toEarsightError } from '../../core/errors.js';
import type { Engine, EngineEvent, Job } from '../engine.js';
import { EventStream } from '../event-stream.js';
import { Admission, MAX_WAITING } from './admission.js';
import { checkRedis, memoryOf } from './check-redis.js';
import { JobWatch } from './job-watch.js';
import { closeQueues, openQueues, type Queues } from './queues.js';
import { asRedisError, openRedis } from './redis-connection.js';
import { isCancelled } from './cancellation.js';
import { QUEUES, type QueueName } from './video-flow.js';
import { addVideo, cancelVideo } from './video-jobs.js';

export interface BullmqEngineOptions {
  readonly url: string;
  /** Videos that may wait before further ones are sent away. */
  readonly maxWaiting?: number;
  /** How long Redis may be away, or full, before waiting for it ends with an error. */
  readonly patienceSec?: number;
  /** Told once of each queue that has jobs of ours to come and nobody to take them. */
  readonly onNoWorkers?: (queue: QueueName) => void;
}

/** Restarting a server and loading its file takes seconds; a person waits a minute before looking what is wrong. */
const PATIENCE_SEC = 60;
const RETRY_INTERVAL_MS = 500;
/** Workers that are started together with a run are there by then. */
const WORKERS_EXPECTED_MS = 10_000;
const RETRY_AFTER_SEC = 30;

/** The engine of a fleet: jobs go into Redis, workers anywhere take them, and what happens to them is told here. */
export class BullmqEngine implements Engine {
  private readonly stream = new EventStream<EngineEvent>();
  private readonly admission: Admission;
  private readonly patienceMs: number;
  private watch: JobWatch | null = null;
  /** Jobs on their way into Redis: each can be taken out when it is there. */
  private readonly submitting = new Map<string, Promise<void>>();
  /** Cancelled while Redis was away. */
  private readonly unsentCancels = new Set<string>();
  /** When Redis last did what it was asked. */
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
    this.admission = new Admission(redis, queues, options.maxWaiting ?? MAX_WAITING);
    this.patienceMs = (options.patienceSec ?? PATIENCE_SEC) * 1000;
  }

  /** @throws EarsightError EARSIGHT_REDIS_UNREACHABLE, EARSIGHT_REDIS_UNSAFE. */
  static async open(options: BullmqEngineOptions): Promise<BullmqEngine> {
    const redis = openRedis(options.url, 'prompt');
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
      onEvent: (event) => engine.forward(event),
      onLost: async (job) => await engine.recover(job),
      onPolled: (failure) => engine.onPolled(failure),
    });
    return engine;
  }

  /**
   * @throws EarsightError EARSIGHT_QUEUE_FULL, EARSIGHT_REDIS_UNREACHABLE when that lasts longer than its patience;
   * EARSIGHT_CANCELLED when all was cancelled before there was room.
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

  /** Asked of Redis anew: its settings may have been changed since the start. */
  async checkHealth(): Promise<string | null> {
    return await checkRedis(this.redis, this.options.url).then(
      () => null,
      (error: unknown) => asRedisError(error, this.options.url).message,
    );
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

  /** Whoever cancels the job meanwhile waits for that. */
  private async whileSubmitting(id: string, coming: () => Promise<void>): Promise<void> {
    const come = coming();
    this.submitting.set(id, come);
    await come.finally(() => {
      if (this.submitting.get(id) === come) this.submitting.delete(id);
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

  /** Redis has lost it, or whoever cancelled it, here or elsewhere, took it out. */
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

  /** A video that had not begun leaves its queue without a word, so the word is ours. */
  private async cancelOne(id: string): Promise<void> {
    await this.submitting.get(id)?.catch(() => undefined);
    const job = this.watch?.unfinished.find((unfinished) => unfinished.id === id);
    const gone = await cancelVideo(this.redis, this.queues, id);
    if (gone && job !== undefined) this.endCancelled(job);
  }

  /** Redis that is away, or too full to take the results of work, for longer than our patience ends the waiting. */
  private onPolled(failure: unknown): void {
    void this.healthError(failure).then((trouble) => {
      if (trouble === null) {
        this.lastHealthyMs = performance.now();
        for (const id of this.unsentCancels) {
          this.unsentCancels.delete(id);
          this.cancel(id);
        }
        void this.checkWorkers().catch(() => undefined);
      } else if (performance.now() - this.lastHealthyMs > this.patienceMs) this.fatal = trouble;
      this.wake();
    });
  }

  /** A run without workers would wait in silence. */
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
