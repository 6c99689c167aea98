import type { JobRecord } from './job-record.js';

/** The published results of a finished job. */
export interface Published {
  readonly durationSec: number | null;
  readonly files: JobRecord['files'];
}

/**
 * Access to what the pipeline leaves behind for a job. The server itself knows only the published results; intermediate
 * artefacts belong to the pipeline, which may share them between jobs.
 */
export interface JobCleanup {
  /** Lists the published results of a job that is done. */
  published(record: JobRecord): Promise<Published>;
  /**
   * Deletes every intermediate artefact of a job's video. The published results are deleted by the server.
   * @param unfinished the jobs that are not settled: artefacts that one of them needs as well are kept until it is purged
   */
  forget(record: JobRecord, unfinished: readonly JobRecord[]): Promise<void>;
  /** Deletes the artefacts that only unfinished jobs would need. Call it while there are none. */
  dropIdle(): Promise<void>;
}
