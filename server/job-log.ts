import { randomBytes } from 'node:crypto';
import type { JobEvent, NumberedEvent } from './job-events.js';

/** Progress is recorded when it moved by at least this much; a progress bar shows no smaller step. */
const PROGRESS_STEP = 0.01;

/** A damaged file can cause a warning for every frame; warnings beyond this number are dropped. */
const MAX_WARNINGS = 50;

interface Entry {
  readonly sequence: number;
  readonly event: JobEvent;
}

/**
 * The events of one attempt of a job. Only the newest progress event of each stage is kept, so the log holds a few entries
 * per stage however long the video is. No event that a reader still needs is dropped, and a slow reader costs no memory.
 */
export class JobLog {
  /** Prefix of the event ids. Another attempt, and another start of the server, use another prefix. */
  private readonly stream = randomBytes(4).toString('hex');
  private readonly waiting = new Set<() => void>();
  private entries: Entry[] = [];
  private sequence = 0;
  private isEnded = false;

  /** @returns false when the event was dropped: progress that moved too little, or a warning beyond the limit. */
  append(event: JobEvent): boolean {
    if (this.isEnded) return false;
    if (event.type === 'progress' || event.type === 'fetching') {
      const earlier = this.entries.find((entry) => isSameProgressBar(entry.event, event));
      if (earlier !== undefined && !hasMoved(earlier.event, event)) return false;
      this.entries = this.entries.filter((entry) => entry !== earlier);
    }
    if (
      event.type === 'warning' &&
      this.entries.filter((entry) => entry.event.type === 'warning').length >= MAX_WARNINGS
    )
      return false;
    this.sequence += 1;
    this.entries.push({ sequence: this.sequence, event });
    this.wake();
    return true;
  }

  /** Ends the log: no further event is accepted, and readers finish. */
  end(): void {
    this.isEnded = true;
    this.wake();
  }

  /** The events recorded so far, oldest first. */
  *eventsSoFar(): Generator<JobEvent> {
    for (const { event } of this.entries) yield event;
  }

  /**
   * Yields every event after the one with `lastId` (all events when this log has no such id), and then new events as they
   * happen. Ends when the log ends or the signal is aborted.
   */
  async *follow(lastId: string | null, signal: AbortSignal): AsyncGenerator<NumberedEvent> {
    let seen = this.sequenceOf(lastId);
    for (;;) {
      // Read one event at a time from the present log: progress that was superseded while a slow reader waited is not sent.
      const next = this.entries.find((entry) => entry.sequence > seen);
      if (next !== undefined) {
        seen = next.sequence;
        yield { id: `${this.stream}-${next.sequence}`, event: next.event };
      } else {
        if (this.isEnded || signal.aborted) return;
        await this.nextChange(signal);
      }
      if (signal.aborted) return;
    }
  }

  /** Resolves when the job is settled or the signal is aborted. */
  async ended(signal: AbortSignal): Promise<void> {
    while (!this.isEnded && !signal.aborted) await this.nextChange(signal);
  }

  private sequenceOf(id: string | null): number {
    const [stream, sequence] = (id ?? '').split('-');
    return stream === this.stream && /^\d{1,9}$/.test(sequence ?? '') ? Number(sequence) : 0;
  }

  private async nextChange(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = () => {
        this.waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  private wake(): void {
    for (const wake of [...this.waiting]) wake();
  }
}

function isSameProgressBar(earlier: JobEvent, later: JobEvent): boolean {
  if (earlier.type === 'progress' && later.type === 'progress') return earlier.stage === later.stage;
  return earlier.type === 'fetching' && later.type === 'fetching';
}

function hasMoved(earlier: JobEvent, later: JobEvent): boolean {
  if (!('fraction' in earlier) || !('fraction' in later)) return true;
  const before = earlier.fraction ?? 0;
  const after = later.fraction ?? 0;
  return Math.abs(after - before) >= PROGRESS_STEP || (after === 1 && before !== 1);
}
