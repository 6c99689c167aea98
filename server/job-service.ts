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
  /** Whether the file is complete; otherwise it is downloaded or copied when the job starts. */
  readonly staged: boolean;
  /** A repeated key of the same owner returns the same job if the fingerprint is the same, and is refused otherwise. */
  readonly idempotency: { readonly key: string; readonly fingerprint: string } | null;
  readonly webhook: string | null;
  /** How many unfinished jobs this owner may have at once. */
  readonly quota: number;
}

export interface JobQuery {
  /** Only the jobs of this owner; null for all owners. */
  readonly owner: string | null;
  readonly state: JobState | null;
  /** Only jobs older than the one with this id. */
  readonly before: string | null;
  readonly limit: number;
}

/** A change of any job, for pages that show all jobs. */
export interface JobChange {
  readonly job: JobRecord;
  readonly event: JobEvent | { readonly type: 'removed' };
}

/** Accepts, lists, cancels and retries jobs. Independent of HTTP. */
export interface JobService {
  /**
   * Accepts a job. Its record is on disk when this resolves.
   * @returns the job, and whether an earlier submission with the same idempotency key created it
   * @throws EarsightError EARSIGHT_QUEUE_FULL, EARSIGHT_QUOTA, EARSIGHT_IDEMPOTENCY; the caller then deletes the staged file.
   */
  submit(submission: Submission): Promise<{ readonly job: JobRecord; readonly repeated: boolean }>;
  /**
   * Makes the checks of `submit` before an upload is read.
   * @throws EarsightError EARSIGHT_QUEUE_FULL, EARSIGHT_QUOTA.
   */
  admit(owner: string, quota: number): void;
  find(id: string): JobRecord | null;
  /** The jobs that match, newest first. */
  list(query: JobQuery): readonly JobRecord[];
  /** The events of the present attempt so far, oldest first. */
  eventsSoFar(id: string): Iterable<JobEvent>;
  /** Follows the events of a job after the one with `lastId`; ends when the job is settled. */
  events(id: string, lastId: string | null, signal: AbortSignal): AsyncIterable<NumberedEvent>;
  /** Calls `onChange` for every change of every job from now on. @returns a function that unsubscribes */
  watch(onChange: (change: JobChange) => void): () => void;
  /** Resolves with the job when it is settled, after `waitMs`, or when the signal is aborted, whichever is first. */
  settled(id: string, waitMs: number, signal: AbortSignal): Promise<JobRecord>;
  /** Cancels an unfinished job; a settled one is returned unchanged. */
  cancel(id: string): Promise<JobRecord>;
  /**
   * Starts another attempt, after the checks of `admit`.
   * @param quota how many unfinished jobs the owner of the job may have at once
   * @throws EarsightError EARSIGHT_JOB_STATE unless the job failed or was cancelled; EARSIGHT_QUEUE_FULL, EARSIGHT_QUOTA.
   */
  retry(id: string, quota: number): Promise<JobRecord>;
  /** Deletes a settled job and its files. @throws EarsightError EARSIGHT_JOB_STATE while it is not settled. */
  remove(id: string): Promise<void>;
  /** Why jobs cannot be processed at present; null when the service is healthy. */
  checkHealth(): Promise<string | null>;
  /** Stops accepting and starting jobs; unfinished ones continue at the next start of the server. */
  close(): Promise<void>;
}
