import type { Job as QueueJob } from 'bullmq';
import type { Redis } from 'ioredis';
import { EarsightError } from '../../core/errors.js';
import type { Job } from '../engine.js';
import { failureOfJob } from './job-failure.js';
import { findStuckVideos, type StuckVideo } from './stuck-videos.js';
import { QueueItems } from './queue-items.js';
import { closeQueues, openQueues, type Queues } from './queues.js';
import { asRedisError, openRedis } from './redis-connection.js';
import { cancelVideo, retryVideo } from './video-jobs.js';
import { QUEUES, type QueueName } from './video-flow.js';

export interface QueueStatus {
  readonly queue: QueueName;
  readonly workers: number;
  /** Number of jobs by BullMQ state: wait, active, delayed, waiting-children, completed, failed. */
  readonly jobs: Readonly<Record<string, number>>;
  /** How many jobs may run at once in the whole fleet; null for no limit besides the workers' own concurrency. */
  readonly atMost: number | null;
}

export interface VideoStatus {
  readonly job: Job;
  readonly state: string;
  readonly addedAt: string;
  readonly error: { readonly code: string; readonly message: string } | null;
}

const LISTED_STATES = ['active', 'waiting-children', 'wait', 'prioritized', 'delayed', 'failed', 'completed'] as const;

/** Shows the state of a fleet, and cancels and retries videos, from any machine. */
export class FleetControl {
  private readonly redis: Redis;
  private readonly queues: Queues;

  constructor(private readonly url: string) {
    this.redis = openRedis(url, 'fail');
    this.queues = openQueues(this.redis);
  }

  async queueStatus(): Promise<QueueStatus[]> {
    return await this.withRedisErrors(async () => {
      const statuses = QUEUES.map(async (queue) => {
        const [jobs, workers, atMost] = await Promise.all([
          this.queues[queue].getJobCounts(),
          this.queues[queue].getWorkersCount(),
          this.queues[queue].getGlobalConcurrency(),
        ]);
        return { queue, workers, jobs, atMost };
      });
      return await Promise.all(statuses);
    });
  }

  /** The newest videos, active ones first. */
  async videos(limit: number): Promise<VideoStatus[]> {
    return await this.withRedisErrors(async () => {
      const found: VideoStatus[] = [];
      for (const state of LISTED_STATES)
        for (const bull of await this.queues.videos.getJobs([state], 0, limit - 1))
          if (found.length < limit) {
            const status = statusOf(bull, state);
            if (status !== null) found.push(status);
          }
      return found;
    });
  }

  /** @throws EarsightError EARSIGHT_JOB_UNKNOWN. */
  async video(id: string): Promise<VideoStatus> {
    return await this.withRedisErrors(async () => {
      const bull = await this.queues.videos.getJob(id);
      const status = bull === undefined ? null : statusOf(bull, await bull.getState());
      if (status === null) throw new EarsightError('EARSIGHT_JOB_UNKNOWN', { id });
      return status;
    });
  }

  async stuckVideos(): Promise<StuckVideo[]> {
    return await this.withRedisErrors(async () => await findStuckVideos(this.queues));
  }

  /** @throws EarsightError EARSIGHT_JOB_UNKNOWN. */
  async cancel(id: string): Promise<void> {
    await this.video(id);
    await this.withRedisErrors(async () => await cancelVideo(this.redis, this.queues, id));
  }

  /** @throws EarsightError EARSIGHT_JOB_UNKNOWN when there is no failed video of that id. */
  async retry(id: string): Promise<void> {
    await this.withRedisErrors(async () => await retryVideo(this.redis, this.queues, id));
  }

  /** Sets how many jobs of a queue may run at once in the whole fleet; null removes the limit. */
  async setGlobalConcurrency(queue: QueueName, count: number | null): Promise<void> {
    await this.withRedisErrors(async () => {
      if (count === null) await this.queues[queue].removeGlobalConcurrency();
      else await this.queues[queue].setGlobalConcurrency(count);
    });
  }

  async close(): Promise<void> {
    await closeQueues(this.queues);
    this.redis.disconnect();
  }

  private async withRedisErrors<Result>(run: () => Promise<Result>): Promise<Result> {
    return await run().catch((error: unknown) => {
      throw asRedisError(error, this.url);
    });
  }
}

/** Null for an item that is none of ours. */
function statusOf(bull: QueueJob, state: string): VideoStatus | null {
  const video = new QueueItems().videoIn(bull);
  if (video === null) return null;
  const error = state === 'failed' ? failureOfJob(bull.failedReason) : null;
  return {
    job: video.job,
    state,
    // The time is part of the item as well: one that is no number must not end the list.
    addedAt: new Date(Number.isFinite(bull.timestamp) ? bull.timestamp : 0).toISOString(),
    error: error && { code: error.code, message: error.message },
  };
}
