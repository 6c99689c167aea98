import { QueueEvents } from 'bullmq';
import type { EarsightError } from '../../core/errors.js';
import type { EngineEvent, Job } from '../engine.js';
import { failureOfJob } from './job-failure.js';
import type { QueueItems } from './queue-items.js';
import type { Queues } from './queues.js';
import { openRedis } from './redis-connection.js';
import { PREFIX, reportSchema } from './video-flow.js';

/** Events can be lost, so the states of the watched jobs are queried as well, this often … */
const POLL_INTERVAL_MS = 2_000;
/** … and for this many jobs at a time. */
const POLL_BATCH = 200;
/** BullMQ stops reading events at an entry that it cannot parse; reading goes on behind that entry after this time. */
const READ_AGAIN_MS = 1_000;

export interface JobWatchOptions {
  readonly url: string;
  readonly queues: Queues;
  readonly items: QueueItems;
  readonly onEvent: (event: EngineEvent) => void;
  /** Called for a watched job that Redis no longer knows. */
  readonly onLost: (job: Job) => Promise<void>;
  /** Called after every poll, with null or the error of the poll. */
  readonly onPolled: (failure: unknown) => void;
}

/**
 * Reports the events of videos. The end of a watched video is always reported, even when Redis events are lost; other videos
 * are reported as far as their events arrive.
 */
export class JobWatch {
  private readonly watched = new Map<string, Job>();
  /** Videos whose end was found by polling; their Redis event is still to come, or was lost, and must be ignored. */
  private readonly endedByPoll = new Set<string>();
  private readonly events: QueueEvents;
  private readonly timer: NodeJS.Timeout;
  private polling: Promise<void> = Promise.resolve();
  private restart: NodeJS.Timeout | null = null;
  private closed = false;

  private constructor(private readonly options: JobWatchOptions) {
    const connection = openRedis(options.url, 'wait');
    this.events = new QueueEvents('videos', { connection, prefix: PREFIX });
    this.events.on('error', () => this.readAgain());
    this.events.on('progress', ({ jobId, data }) => void this.forwardReport(jobId, data).catch(() => undefined));
    this.events.on('completed', ({ jobId }) => void this.onEnded(jobId, null).catch(() => undefined));
    this.events.on('failed', ({ jobId, failedReason }) => {
      void this.onEnded(jobId, failureOfJob(failedReason)).catch(() => undefined);
    });
    this.timer = setInterval(() => {
      this.polling = this.polling.then(async () => await this.poll());
    }, POLL_INTERVAL_MS);
  }

  static async open(options: JobWatchOptions): Promise<JobWatch> {
    const watch = new JobWatch(options);
    await watch.events.waitUntilReady();
    return watch;
  }

  get unfinished(): readonly Job[] {
    return [...this.watched.values()];
  }

  watch(job: Job): void {
    this.endedByPoll.delete(job.id);
    this.watched.set(job.id, job);
  }

  /** Ends a watched job with an error that its queue does not report. */
  fail(job: Job, error: EarsightError): void {
    if (this.watched.delete(job.id)) this.options.onEvent({ type: 'failed', job, error });
  }

  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    if (this.restart !== null) clearTimeout(this.restart);
    await this.polling;
    await this.events.close();
  }

  private async forwardReport(id: string, data: unknown): Promise<void> {
    const report = reportSchema.safeParse(data);
    const job = await this.jobOf(id);
    if (report.success && job !== null) this.options.onEvent({ ...report.data, job });
  }

  private async onEnded(id: string, error: EarsightError | null): Promise<void> {
    const job = await this.jobOf(id);
    if (job === null || this.closed || this.endedByPoll.delete(id)) return;
    this.watched.delete(id);
    this.end(job, error);
  }

  private end(job: Job, error: EarsightError | null): void {
    this.options.onEvent(error === null ? { type: 'done', job } : { type: 'failed', job, error });
  }

  private async jobOf(id: string): Promise<Job | null> {
    const watched = this.watched.get(id);
    if (watched !== undefined) return watched;
    const { queues, items } = this.options;
    const bull = await queues.videos.getJob(id);
    return bull === undefined ? null : (items.videoIn(bull)?.job ?? null);
  }

  private readAgain(): void {
    if (this.restart !== null || this.closed) return;
    this.restart = setTimeout(() => {
      this.restart = null;
      // It is refused, and not needed, while events are still read, as after a connection that was lost for a moment.
      if (!this.closed) void this.events.run().catch(() => undefined);
    }, READ_AGAIN_MS).unref();
  }

  private async poll(): Promise<void> {
    try {
      for (const job of [...this.watched.values()].slice(0, POLL_BATCH)) {
        if (this.closed) return;
        await this.pollJob(job);
        // Moved to the end of the map, so that the next poll begins with other jobs.
        if (this.watched.delete(job.id)) this.watched.set(job.id, job);
      }
      this.options.onPolled(null);
    } catch (error) {
      this.options.onPolled(error);
    }
  }

  private async pollJob(job: Job): Promise<void> {
    const { videos } = this.options.queues;
    const state = await videos.getJobState(job.id);
    const error = state === 'failed' ? failureOfJob((await videos.getJob(job.id))?.failedReason ?? '') : null;
    // The event may have arrived while the state was queried.
    if (!this.watched.has(job.id)) return;
    if (state === 'unknown') await this.options.onLost(job);
    if (state !== 'completed' && state !== 'failed') return;
    this.watched.delete(job.id);
    this.endedByPoll.add(job.id);
    this.end(job, error);
  }
}
