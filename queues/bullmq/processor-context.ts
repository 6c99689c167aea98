import { WaitingError, type Job as QueueJob } from 'bullmq';
import { setTimeout as sleep } from 'node:timers/promises';
import { EarsightError, toEarsightError } from '../../core/errors.js';

/**
 * Whether trying again cannot help, or was tried often enough: an error of the input, a bug, or a cancellation (which
 * its catalogue entry calls transient because the next run may go on) fails once.
 */
export function isFinal({ code, entry }: EarsightError, bull: QueueJob): boolean {
  if (code === 'EARSIGHT_CANCELLED' || entry.kind === 'input' || entry.kind === 'bug') return true;
  return bull.attemptsMade + 1 >= (bull.opts.attempts ?? 1);
}

/** A fit worker does some steps in this time. */
const UNFIT_HOLD_MS = 10_000;

/**
 * A worker that cannot do a run is done with each of its jobs at once, and would take them all, over and over, while those
 * that can are busy: it keeps such a job for a while before it lets others have it.
 * @returns what the work threw; EARSIGHT_CANCELLED when it was cancelled meanwhile.
 */
export async function holdIfUnfit(error: unknown, signal: AbortSignal): Promise<unknown> {
  if (!(error instanceof EarsightError) || error.code !== 'EARSIGHT_WORKER_DIFFERS') return error;
  return await sleep(UNFIT_HOLD_MS, error, { signal }).catch((aborted: unknown) => toEarsightError(aborted));
}

/** Marks what the work throws as its own failure: whatever else is thrown is Redis's or BullMQ's. */
export async function asWorkError<Result>(result: Promise<Result>): Promise<Result> {
  return await result.catch((error: unknown) => {
    throw toEarsightError(error);
  });
}

/** Back to the queue, for another worker, without counting as a try. */
export async function returnToQueue(bull: QueueJob, token: string): Promise<never> {
  await bull.moveToWait(token);
  throw new WaitingError();
}
