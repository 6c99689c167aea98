import type { Queue, Worker } from 'bullmq';

/** One LLEN; the shortest stages take about as long. */
const LOOK_EVERY_MS = 100;
/** Workers come and go; Redis lists all its clients to count them. */
const COUNT_EVERY_MS = 5_000;
/** Jobs that may wait in a queue for each worker of it, and at least so many: they bridge the time between two looks. */
const WAITING_PER_WORKER = 2;
const LEAST_WAITING = 8;

/**
 * Lets a consumer rest while the queue that its jobs feed is long: videos are planned no faster than they are decoded,
 * and decoded no faster than they are inferred, so raw frames do not pile up on the disk.
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
    }, LOOK_EVERY_MS);
  }

  /** A look under way, which may wait for a Redis that is away, does nothing more. */
  close(): void {
    clearInterval(this.timer);
    this.closed = true;
  }

  private async check(): Promise<void> {
    const now = performance.now();
    if (now - this.countedMs > COUNT_EVERY_MS) {
      this.countedMs = now;
      this.workers = await this.downstream.getWorkersCount();
    }
    const waiting = await this.downstream.getWaitingCount();
    if (this.closed) return;
    const isFull = waiting > Math.max(LEAST_WAITING, WAITING_PER_WORKER * this.workers);
    if (isFull && !this.consumer.isPaused()) await this.consumer.pause(true);
    else if (!isFull && this.consumer.isPaused()) await this.consumer.resume();
  }
}
