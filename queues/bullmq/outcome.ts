import { WaitingError, type Job as QueueJob } from 'bullmq';
import { toEarsightError, type EarsightError } from '../../pipeline/errors.js';

/**
 * Whether trying again cannot help, or was tried often enough: an error of the input, a bug, or a cancellation (which
 * its catalogue entry calls transient because the next run may go on) fails once.
 */
export function isFinal({ code, entry }: EarsightError, bull: QueueJob): boolean {
  if (code === 'EARSIGHT_CANCELLED' || entry.kind === 'input' || entry.kind === 'bug') return true;
  return bull.attemptsMade + 1 >= (bull.opts.attempts ?? 1);
}

/** Marks what the work throws as its own failure: whatever else is thrown is Redis's or BullMQ's. */
export async function working<Result>(result: Promise<Result>): Promise<Result> {
  return await result.catch((error: unknown) => {
    throw toEarsightError(error);
  });
}

/** Back to the queue, for another worker, without counting as a try. */
export async function handBack(bull: QueueJob, token: string): Promise<never> {
  await bull.moveToWait(token);
  throw new WaitingError();
}
