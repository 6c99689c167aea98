import type { Job as QueueJob } from 'bullmq';
import type { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { EarsightError } from '../../core/errors.js';
import type { Job } from '../engine.js';
import { QueueItems } from './queue-items.js';
import type { Queues } from './queues.js';
import { clearCancellation, isCancelled, requestCancellation } from './cancellation.js';
import { videoOptions, type VideoData } from './video-flow.js';

/** How long a submission waits for the same video, cancelled a moment ago, to end. This usually takes up to two seconds. */
const END_LIMIT_MS = 5_000;
const POLL_INTERVAL_MS = 100;

/**
 * Adds a video to its queue. A video that waits or runs is left unchanged; one that has ended is removed first, because
 * BullMQ ignores a job whose id exists.
 */
export async function addVideo(redis: Redis, { videos }: Queues, job: Job): Promise<void> {
  const untilMs = performance.now() + END_LIMIT_MS;
  let state = await videos.getJobState(job.id);
  while (hasNotEnded(state) && (await isCancelled(redis, job.id)) && performance.now() < untilMs) {
    await sleep(POLL_INTERVAL_MS);
    state = await videos.getJobState(job.id);
  }
  await clearCancellation(redis, job.id);
  if (state === 'completed' || state === 'failed') await videos.remove(job.id, { removeChildren: true });
  await videos.add('video', { job, go: 0, round: 0 }, videoOptions(job.id));
}

/**
 * Cancels a video.
 * @returns true when the video was removed at once, because it had not started, was unknown, or there are no workers; false
 * when a worker ends it in a moment and cleans up after it
 */
export async function cancelVideo(redis: Redis, { videos }: Queues, id: string): Promise<boolean> {
  const bull = await videos.getJob(id);
  if (bull === undefined) return true;
  const state = await bull.getState();
  if (!hasNotEnded(state)) return false;
  await requestCancellation(redis, id);
  if (state === 'waiting-children') await bull.removeUnprocessedChildren();
  if (bull.attemptsStarted === 0 || (await videos.getWorkersCount()) === 0)
    return await bull.remove().then(
      () => true,
      // The job is locked by a worker that plans or publishes it; the worker is notified of the cancellation.
      () => false,
    );
  // Do not wait for the delayed retry. Promotion fails when the job has already started; that is fine.
  if (state === 'delayed') await bull.promote().catch(() => undefined);
  return false;
}

/**
 * Retries a video that failed, or that waits although no step is left, from where it stopped.
 * @throws EarsightError EARSIGHT_JOB_UNKNOWN when there is no such video.
 */
export async function retryVideo(redis: Redis, queues: Queues, id: string): Promise<void> {
  const bull = await queues.videos.getJob(id);
  const video = bull === undefined ? null : new QueueItems().videoIn(bull);
  if (bull === undefined || video === null) throw new EarsightError('EARSIGHT_JOB_UNKNOWN', { id });
  if (await hasLostItsSteps(bull)) {
    await queues.videos.remove(id, { removeChildren: true });
    await addVideo(redis, queues, video.job);
    return;
  }
  if (!(await bull.isFailed())) throw new EarsightError('EARSIGHT_JOB_UNKNOWN', { id });
  await clearCancellation(redis, id);
  // Failures of the previous attempt must not count for the new one.
  await bull.updateData({ ...video, go: video.go + 1, round: 0 });
  await bull.retry('failed', { resetAttemptsMade: true });
}

/** Whether the video waits for steps of which none is left, so that nothing would ever wake it. */
async function hasLostItsSteps(bull: QueueJob<VideoData>): Promise<boolean> {
  if (!(await bull.isWaitingChildren())) return false;
  const { unprocessed = 0 } = await bull.getDependenciesCount({ unprocessed: true });
  return unprocessed === 0;
}

function hasNotEnded(state: string): boolean {
  return state !== 'completed' && state !== 'failed' && state !== 'unknown';
}
