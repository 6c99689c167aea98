import type { JobEvent, NumberedEvent } from './job-events.js';
import type { JobRecord, JobSource, JobState } from './job-record.js';

export interface Submission {
  readonly id: string;
  /** Id of the API key. */
  readonly owner: string;
  readonly source: JobSource;
  readonly name: string;
  /** Absolute path of the staged file. */
  readonly input: string;
  /** Whether it is there already; otherwise it is to be fetched. */
  readonly staged: boolean;
  /** A repeated key of the same owner gives the same job if the fingerprint is the same, and is refused otherwise. */
  readonly idempotency: { readonly key: string; readonly fingerprint: string } | null;
  readonly webhook: string | null;
  /** Unfinished jobs this owner may have at once. */
  readonly quota: number;
}

export interface JobQuery {
  /** Only this owner's; null for everybody's. */
  readonly owner: string | null;
  readonly state: JobState | null;
  /** Older than this job. */
  readonly before: string | null;
  readonly limit: number;
}

/** A change of some job, for pages that show all of them. */
export interface JobChange {
  readonly job: JobRecord;
  readonly event: JobEvent | { readonly type: 'removed' };
}

/** Where jobs are handed in and asked after. Knows no HTTP. */
export interface JobService {
  /**
   * Takes a job; it is remembered on disk when this resolves.
   * @returns the job, and whether an earlier submission with the same idempotency key made it.
   * @throws EarsightError EARSIGHT_QUEUE_FULL, EARSIGHT_QUOTA, EARSIGHT_IDEMPOTENCY; the staged file then still lies there.
   */
  submit(submission: Submission): Promise<{ readonly job: JobRecord; readonly repeated: boolean }>;
  /** @throws EarsightError EARSIGHT_QUEUE_FULL, EARSIGHT_QUOTA: what `submit` would say, before an upload is read. */
  admit(owner: string, quota: number): void;
  find(id: string): JobRecord | null;
  /** Newest first. */
  list(query: JobQuery): readonly JobRecord[];
  /** What happened in the present try, oldest first. */
  past(id: string): Iterable<JobEvent>;
  /** Ends when the job is settled; resumes after the event with `lastId`. */
  events(id: string, lastId: string | null, signal: AbortSignal): AsyncIterable<NumberedEvent>;
  /** Every change of every job from now on. @returns a function that stops it. */
  watch(onChange: (change: JobChange) => void): () => void;
  /** Resolves with the job when it is settled or the time or the signal is over. */
  settled(id: string, waitMs: number, signal: AbortSignal): Promise<JobRecord>;
  /** Stops an unfinished job; a finished one stays as it is. */
  cancel(id: string): Promise<JobRecord>;
  /** @throws EarsightError EARSIGHT_JOB_STATE unless the job failed or was cancelled. */
  retry(id: string): Promise<JobRecord>;
  /** Forgets a settled job and deletes its files. @throws EarsightError EARSIGHT_JOB_STATE while it is not settled. */
  remove(id: string): Promise<void>;
  /** Why nothing can be placed at present; null when all is well. */
  trouble(): Promise<string | null>;
  /** Stops taking and placing jobs; what is unfinished goes on at the next start. */
  close(): Promise<void>;
}
