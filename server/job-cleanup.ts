import type { JobRecord } from './job-record.js';

export interface Published {
  readonly durationSec: number | null;
  readonly files: JobRecord['files'];
}

/** What the work on jobs leaves. The server knows its results alone; the rest is there for work of the same kind. */
export interface JobCleanup {
  /** Of a job that is done. */
  published(record: JobRecord): Promise<Published>;
  /**
   * Forgets everything that was made of a job's video but its results, which are the server's.
   * @param underway the jobs that are not settled: what one of them needs as well stays, until that one is purged.
   */
  forget(record: JobRecord, underway: readonly JobRecord[]): Promise<void>;
  /** Drops what only jobs that are under way would need. */
  dropIdle(): Promise<void>;
}
