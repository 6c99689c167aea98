import { WaitingError, type Job as QueueJob } from 'bullmq';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { EarsightError, toEarsightError } from '../../core/errors.js';
import type { Work } from '../engine.js';
import type { CancellationListener } from './cancellation.js';
import type { QueueItems } from './queue-items.js';
import type { Queues } from './queues.js';
import type { Report } from './video-flow.js';

/** What the step and video processors of one worker share. */
export interface ProcessorContext {
  readonly work: Work;
  readonly redis: Redis;
  readonly queues: Queues;
  readonly items: QueueItems;
  readonly cancellations: CancellationListener;
  /** Aborted when this worker closes and must return its jobs to their queues. */
  readonly leaving: AbortSignal;
}

/** Sends a report to the watchers of a video. A video that was removed meanwhile is ignored. */
export async function report({ queues }: ProcessorContext, id: string, what: Report): Promise<void> {
  await queues.videos.updateJobProgress(id, what).catch((error: unknown) => {
    if (!(error instanceof Error && error.message.includes('Missing key for job'))) throw error;
  });
}

/**
 * Whether a job must not be retried: its attempts are used up, or the error is one of the input, a bug, or a cancellation
 * (the catalogue calls a cancellation transient, because the next run may continue).
 */
export function isFinal({ code, entry }: EarsightError, bull: QueueJob): boolean {
  if (code === 'EARSIGHT_CANCELLED' || entry.kind === 'input' || entry.kind === 'bug') return true;
  return bull.attemptsMade + 1 >= (bull.opts.attempts ?? 1);
}

/** The failure reason of an item that is none of ours: it fails at once, without further attempts. */
export const NOT_OURS = 'not an item of earsight';

/** In this time another worker completes some steps. */
const UNFIT_HOLD_MS = 10_000;

/**
 * Holds a job for a while when this worker is of another version than the run. Such a worker fails each job at once, so
 * without a delay it would take all jobs again and again while the suitable workers are busy.
 * @returns the error of the work; EARSIGHT_CANCELLED when the job was cancelled meanwhile
 */
export async function holdIfUnfit(error: unknown, signal: AbortSignal): Promise<unknown> {
  if (!(error instanceof EarsightError) || error.code !== 'EARSIGHT_WORKER_DIFFERS') return error;
  return await sleep(UNFIT_HOLD_MS, error, { signal }).catch((aborted: unknown) => toEarsightError(aborted));
}

/** Converts errors of the work to `EarsightError`; any other error then comes from Redis or BullMQ. */
export async function asWorkError<Result>(result: Promise<Result>): Promise<Result> {
  return await result.catch((error: unknown) => {
    throw toEarsightError(error);
  });
}

/** Returns the job to its queue for another worker, without counting an attempt. */
export async function returnToQueue(bull: QueueJob, token: string): Promise<never> {
  await bull.moveToWait(token);
  throw new WaitingError();
}
