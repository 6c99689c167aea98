import type { Job as QueueJob } from 'bullmq';
import type { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { EarsightError } from '../../core/errors.js';
import type { Job } from '../engine.js';
import type { Queues } from './queues.js';
import { clearCancellation, isCancelled, requestCancellation } from './cancellation.js';
import { videoOptions, type VideoData } from './video-flow.js';

/** A video that was cancelled a moment ago ends within two seconds; one that is submitted again waits for that. */
const END_LIMIT_MS = 5_000;
const LOOK_AGAIN_MS = 100;

/**
 * Adds a video to its queue. One that waits or is under way is left as it is; one that has ended makes room, for a
 * removed id may be used again.
 */
export async function addVideo(redis: Redis, { videos }: Queues, job: Job): Promise<void> {
  const untilMs = performance.now() + END_LIMIT_MS;
  let state = await videos.getJobState(job.id);
  while (hasNotEnded(state) && (await isCancelled(redis, job.id)) && performance.now() < untilMs) {
    await sleep(LOOK_AGAIN_MS);
    state = await videos.getJobState(job.id);
  }
  await clearCancellation(redis, job.id);
  if (state === 'completed' || state === 'failed') await videos.remove(job.id, { removeChildren: true });
  await videos.add('video', { job, go: 0, round: 0 }, videoOptions(job.id));
}

/**
 * True when the video is gone: it had not begun, was not there, or is held by nobody since there are no workers. Others
 * are ended by a worker, which lets go of what was made for them, in a moment.
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
      // Locked, it is being planned or published, and hears the signal.
      () => false,
    );
  // It must not wait for its next try; one that no longer does has begun.
  if (state === 'delayed') await bull.promote().catch(() => undefined);
  return false;
}

/**
 * Lets a failed or stranded video try again, from where it stopped.
 * @throws EarsightError EARSIGHT_JOB_UNKNOWN when there is no failed or stranded video of that id.
 */
export async function retryVideo(redis: Redis, queues: Queues, id: string): Promise<void> {
  const bull = await queues.videos.getJob(id);
  if (bull !== undefined && (await isStranded(bull))) {
    await queues.videos.remove(id, { removeChildren: true });
    await addVideo(redis, queues, bull.data.job);
    return;
  }
  if (bull === undefined || !(await bull.isFailed())) throw new EarsightError('EARSIGHT_JOB_UNKNOWN', { id });
  await clearCancellation(redis, id);
  // What failed in the last go is not to be counted in this one.
  await bull.updateData({ ...bull.data, go: bull.data.go + 1, round: 0 });
  await bull.retry('failed', { resetAttemptsMade: true });
}

/** It waits for steps of which none is left: nothing would ever wake it. */
async function isStranded(bull: QueueJob<VideoData>): Promise<boolean> {
  if (!(await bull.isWaitingChildren())) return false;
  const { unprocessed = 0 } = await bull.getDependenciesCount({ unprocessed: true });
  return unprocessed === 0;
}

function hasNotEnded(state: string): boolean {
  return state !== 'completed' && state !== 'failed' && state !== 'unknown';
}
