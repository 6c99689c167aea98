import type { Engine, Job } from '../../queues/engine.js';
import { toEarsightError } from '../../core/errors.js';
import type { RunRows } from './run-rows.js';

/**
 * Hands jobs to an engine as it has room for them. A file that can no longer be read costs its own row.
 * @returns those that were taken.
 */
export async function submitJobs(
  engine: Engine,
  jobs: readonly Job[],
  rows: RunRows,
  signal: AbortSignal,
): Promise<readonly Job[]> {
  const taken: Job[] = [];
  for (const job of jobs) {
    if (signal.aborted) break;
    try {
      await engine.submit(job);
      taken.push(job);
    } catch (error) {
      const { code } = toEarsightError(error);
      if (!code.startsWith('EARSIGHT_INPUT') && code !== 'EARSIGHT_CANCELLED') throw error;
      const input = rows.inputOf(job);
      if (input !== null) rows.failed(input, error);
    }
  }
  return taken;
}
