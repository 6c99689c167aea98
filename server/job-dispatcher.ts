import { setTimeout as sleep } from 'node:timers/promises';
import { toEarsightError } from '../core/errors.js';
import type { Engine, Job } from '../queues/engine.js';
import type { JobRecord } from './job-record.js';

/** An engine that refuses a job is asked again after this long: a job that was taken is never lost. */
const PLACE_AGAIN_MS = 2_000;

export interface PlacementOptions {
  readonly engine: Engine;
  /** The engine's job for a record, under this id, which no other try of it has. */
  readonly jobOf: (record: JobRecord, id: string) => Job;
}

/** Gives jobs to an engine, one after the other, in the order they came, and waits for what becomes of each. */
export class Placement {
  private readonly outcomes = new Map<string, (error: unknown) => void>();
  private placing: Promise<void> = Promise.resolve();
  private trouble: string | null = null;

  /** @param closing aborted when the server closes: what the engine has taken then goes on without it. */
  constructor(
    private readonly options: PlacementOptions,
    private readonly closing: AbortSignal,
  ) {}

  /** Why the engine does not take the job whose turn it is; null when it does. */
  get refused(): string | null {
    return this.trouble;
  }

  /** Resolves when the engine is done with the job; rejects with what ended it. */
  async handOver(record: JobRecord, signal: AbortSignal): Promise<void> {
    const id = engineId(record);
    const outcome = new Promise<void>((resolve, reject) => {
      this.outcomes.set(id, (error) => {
        this.outcomes.delete(id);
        if (error === undefined) resolve();
        else reject(toEarsightError(error, record.input));
      });
    });
    outcome.catch(() => undefined);
    const placed = this.placing.then(async () => {
      await this.place(record, id, signal);
    });
    this.placing = placed.catch(() => undefined);
    try {
      await Promise.race([placed, untilAborted(signal)]);
      await outcome;
    } finally {
      this.outcomes.delete(id);
    }
  }

  /** The engine said how its job ended. */
  ended(id: string, error: unknown): void {
    this.outcomes.get(id)?.(error);
  }

  /** The engine is closed, and says nothing more. */
  close(): void {
    for (const settle of this.outcomes.values()) settle(this.closing.reason);
  }

  private async place(record: JobRecord, id: string, signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        signal.throwIfAborted();
        this.trouble = await this.offer(record, id, signal);
        if (this.trouble === null) return;
        await sleep(PLACE_AGAIN_MS, undefined, { signal });
      }
    } finally {
      // A job that was cancelled waits for nothing.
      this.trouble = null;
    }
  }

  /** @returns why the engine does not take the job now; null when it did. */
  private async offer(record: JobRecord, id: string, signal: AbortSignal): Promise<string | null> {
    const { engine, jobOf } = this.options;
    try {
      await engine.offer(jobOf(record, id));
    } catch (thrown) {
      const error = toEarsightError(thrown, record.name);
      if (error.entry.kind === 'input' || error.entry.kind === 'bug' || signal.aborted) throw error;
      return error.message;
    }
    // Cancelled while the engine took it: it did not know the job then.
    if (signal.aborted && !this.closing.aborted) engine.cancel(id);
    return null;
  }
}

/** One try, one id: an engine takes the same id for the same work. */
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
