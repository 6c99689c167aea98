import { EarsightError } from '../../core/errors.js';
import { failureOf } from '../../core/failure-text.js';

/**
 * Deaths of a worker that one job may live through. They are others' doing as a rule (machines go away); a video that
 * ends workers by itself is counted by its content, outside the queue. A fleet whose workers are killed before they have
 * loaded their networks deals the same jobs dozens of them: 20 were too few (bench/results.md).
 */
export const MAX_STALLS = 200;

/** BullMQ's own word for it (`moveStalledJobsToWait`). */
const STALLED = 'job stalled more than allowable limit';

/** Why a job failed, by the text that its queue keeps. */
export function failureOfJob(text: string): EarsightError {
  return text === STALLED ? new EarsightError('EARSIGHT_WORKER_ENDED', { times: MAX_STALLS + 1 }) : failureOf(text);
}
