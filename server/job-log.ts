import { randomBytes } from 'node:crypto';
import type { JobEvent, NumberedEvent } from './job-events.js';

/** A stage's progress is told when it moved at least this much: a bar shows no less. */
const PROGRESS_STEP = 0.01;

/** A damaged file can warn at every frame; its readers have understood by then. */
const MAX_WARNINGS = 50;

interface Entry {
  readonly sequence: number;
  readonly event: JobEvent;
}

/**
 * The events of one try of a job. Of each stage's progress only the newest is kept, so the log stays a few entries a
 * stage however long the video is, nothing a reader would still need is ever dropped, and a slow reader costs nothing.
 */
export class JobLog {
  /** Ids of another try, or of an earlier life of the server, begin otherwise. */
  private readonly stream = randomBytes(4).toString('hex');
  private readonly waiting = new Set<() => void>();
  private entries: Entry[] = [];
  private sequence = 0;
  private isEnded = false;

  /** @returns false for what is not worth telling: progress too small to see, one warning too many. */
  append(event: JobEvent): boolean {
    if (this.isEnded) return false;
    if (event.type === 'progress' || event.type === 'fetching') {
      const earlier = this.entries.find((entry) => isSameBar(entry.event, event));
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

  /** Nothing more will happen: readers finish. */
  end(): void {
    this.isEnded = true;
    this.wake();
  }

  /** Everything so far, oldest first. */
  *past(): Generator<JobEvent> {
    for (const { event } of this.entries) yield event;
  }

  /**
   * Every event after the one with that id, from the first when the id is not of this log, then what happens next;
   * ends with the log or the signal.
   */
  async *follow(lastId: string | null, signal: AbortSignal): AsyncGenerator<NumberedEvent> {
    let seen = this.sequenceOf(lastId);
    for (;;) {
      // One at a time from the present log: what is superseded while a slow reader waits is never sent.
      const next = this.entries.find((entry) => entry.sequence > seen);
      if (next !== undefined) {
        seen = next.sequence;
        yield { id: `${this.stream}-${next.sequence}`, event: next.event };
      } else {
        if (this.isEnded || signal.aborted) return;
        await this.change(signal);
      }
      if (signal.aborted) return;
    }
  }

  /** Resolves when the job is settled or the signal is aborted. */
  async ended(signal: AbortSignal): Promise<void> {
    while (!this.isEnded && !signal.aborted) await this.change(signal);
  }

  private sequenceOf(id: string | null): number {
    const [stream, sequence] = (id ?? '').split('-');
    return stream === this.stream && /^\d{1,9}$/.test(sequence ?? '') ? Number(sequence) : 0;
  }

  private async change(signal: AbortSignal): Promise<void> {
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

function isSameBar(earlier: JobEvent, later: JobEvent): boolean {
  if (earlier.type === 'progress' && later.type === 'progress') return earlier.stage === later.stage;
  return earlier.type === 'fetching' && later.type === 'fetching';
}

function hasMoved(earlier: JobEvent, later: JobEvent): boolean {
  if (!('fraction' in earlier) || !('fraction' in later)) return true;
  const before = earlier.fraction ?? 0;
  const after = later.fraction ?? 0;
  return Math.abs(after - before) >= PROGRESS_STEP || (after === 1 && before !== 1);
}
