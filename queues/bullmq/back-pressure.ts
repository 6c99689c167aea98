import type { Queue, Worker } from 'bullmq';

/** One check is a single LLEN. The shortest stages take about as long as this interval. */
const CHECK_INTERVAL_MS = 100;
/** The number of workers changes rarely, and Redis lists all its clients to count them. */
const COUNT_INTERVAL_MS = 5_000;
/** Jobs that may wait in a queue for each of its workers, so that workers stay busy between two checks. */
const WAITING_PER_WORKER = 2;
/** Jobs that may wait in a queue however few workers it has. */
const MIN_WAITING = 8;

/**
 * Pauses a worker while the queue that its jobs add to is long: videos are planned no faster than they are decoded, and
 * decoded no faster than they are inferred, so raw frames do not fill the disk.
 */
export class BackPressure {
  private readonly timer: NodeJS.Timeout;
  private checking: Promise<void> | null = null;
  private closed = false;
  private workers = 0;
  private countedMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly consumer: Worker,
    private readonly downstream: Queue,
  ) {
    this.timer = setInterval(() => {
      this.checking ??= this.check()
        .catch(() => undefined)
        .finally(() => (this.checking = null));
    }, CHECK_INTERVAL_MS);
  }

  /** A pending check, which may wait for an unreachable Redis, has no effect after this. */
  close(): void {
    clearInterval(this.timer);
    this.closed = true;
  }

  private async check(): Promise<void> {
    const now = performance.now();
    if (now - this.countedMs > COUNT_INTERVAL_MS) {
      this.countedMs = now;
      this.workers = await this.downstream.getWorkersCount();
    }
    const waiting = await this.downstream.getWaitingCount();
    if (this.closed) return;
    const isFull = waiting > Math.max(MIN_WAITING, WAITING_PER_WORKER * this.workers);
    if (isFull && !this.consumer.isPaused()) await this.consumer.pause(true);
    else if (!isFull && this.consumer.isPaused()) await this.consumer.resume();
  }
}
