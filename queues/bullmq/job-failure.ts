import { EarsightError } from '../../core/errors.js';
import { failureOf } from '../../core/failure-text.js';

/**
 * BullMQ's `maxStalledCount`: how many workers may die while they run one job. Usually the job is not the cause (machines are
 * shut down); videos that crash workers are counted by their content, outside the queue. When workers are killed before
 * they have loaded their networks, the same jobs stall dozens of times: 20 were too few (bench/results.md).
 */
export const MAX_STALLS = 200;

/** The failure reason that BullMQ writes (`moveStalledJobsToWait`). */
const STALLED = 'job stalled more than allowable limit';

/** The error of a failed job, from the failure reason that its queue stores. */
export function failureOfJob(text: string): EarsightError {
  return text === STALLED ? new EarsightError('EARSIGHT_WORKER_ENDED', { times: MAX_STALLS + 1 }) : failureOf(text);
}
