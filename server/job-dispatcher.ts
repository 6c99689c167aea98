import { setTimeout as sleep } from 'node:timers/promises';
import { toEarsightError } from '../core/errors.js';
import type { Engine, Job } from '../queues/engine.js';
import type { JobRecord } from './job-record.js';

/** A job that the engine refuses is offered again after this long: an accepted job is never lost. */
const RETRY_INTERVAL_MS = 2_000;

export interface JobDispatcherOptions {
  readonly engine: Engine;
  /** Makes the engine's job for a record. @param id unique to this attempt */
  readonly jobOf: (record: JobRecord, id: string) => Job;
}

/** Gives jobs to an engine in the order of their submission, and waits for the outcome of each. */
export class JobDispatcher {
  private readonly outcomes = new Map<string, (error: unknown) => void>();
  private lastOffer: Promise<void> = Promise.resolve();
  private lastRefusal: string | null = null;

  /** @param closing aborted when the server closes: jobs that the engine has accepted continue without it */
  constructor(
    private readonly options: JobDispatcherOptions,
    private readonly closing: AbortSignal,
  ) {}

  /** Why the engine refuses the job at the head of the queue; null when it does not. */
  get refusal(): string | null {
    return this.lastRefusal;
  }

  /** Resolves when the engine has finished the job; rejects with the error that ended it. */
  async dispatch(record: JobRecord, signal: AbortSignal): Promise<void> {
    const id = engineId(record);
    const outcome = new Promise<void>((resolve, reject) => {
      this.outcomes.set(id, (error) => {
        this.outcomes.delete(id);
        if (error === undefined) resolve();
        else reject(toEarsightError(error, record.input));
      });
    });
    outcome.catch(() => undefined);
    const offered = this.lastOffer.then(async () => {
      await this.offerUntilAccepted(record, id, signal);
    });
    this.lastOffer = offered.catch(() => undefined);
    try {
      await Promise.race([offered, untilAborted(signal)]);
      await outcome;
    } finally {
      this.outcomes.delete(id);
    }
  }

  /** Settles `dispatch` when the engine reports the end of a job. @param error undefined for success */
  jobEnded(id: string, error: unknown): void {
    this.outcomes.get(id)?.(error);
  }

  /** Rejects every pending `dispatch`: the engine is closed and sends no further event. */
  close(): void {
    for (const settle of this.outcomes.values()) settle(this.closing.reason);
  }

  private async offerUntilAccepted(record: JobRecord, id: string, signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        signal.throwIfAborted();
        this.lastRefusal = await this.offer(record, id, signal);
        if (this.lastRefusal === null) return;
        await sleep(RETRY_INTERVAL_MS, undefined, { signal });
      }
    } finally {
      // A cancelled job no longer waits for the engine.
      this.lastRefusal = null;
    }
  }

  /** @returns why the engine refuses the job at present; null when it accepted it */
  private async offer(record: JobRecord, id: string, signal: AbortSignal): Promise<string | null> {
    const { engine, jobOf } = this.options;
    try {
      await engine.offer(jobOf(record, id));
    } catch (thrown) {
      const error = toEarsightError(thrown, record.name);
      if (error.entry.kind === 'input' || error.entry.kind === 'bug' || signal.aborted) throw error;
      return error.message;
    }
    // The job was cancelled while the engine accepted it; the engine did not know the job when `cancel` was called.
    if (signal.aborted && !this.closing.aborted) engine.cancel(id);
    return null;
  }
}

/** The engine's job id, which differs for each attempt: an engine runs a job of the same id only once. */
export function engineId(record: JobRecord): string {
  return `${record.id}-${record.attempt}`;
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  await new Promise<void>((_, reject) => {
    const abort = () => reject(toEarsightError(signal.reason));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
