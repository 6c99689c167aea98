import type { Queue, Worker } from 'bullmq';

const LOOK_EVERY_MS = 500;
/** Jobs that may wait in a queue for each worker of it, and at least so many: they bridge the time between two looks. */
const WAITING_PER_WORKER = 2;
const LEAST_WAITING = 4;

/**
 * Lets a consumer rest while the queue that its jobs feed is long: videos are planned no faster than they are decoded,
 * and decoded no faster than they are inferred, so raw frames do not pile up on the disk.
 */
export class BackPressure {
  private readonly timer: NodeJS.Timeout;
  private looking: Promise<void> = Promise.resolve();

  constructor(
    private readonly consumer: Worker,
    private readonly fed: Queue,
  ) {
    this.timer = setInterval(() => {
      this.looking = this.looking.then(async () => await this.look()).catch(() => undefined);
    }, LOOK_EVERY_MS);
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  private async look(): Promise<void> {
    const [waiting, workers] = await Promise.all([this.fed.getWaitingCount(), this.fed.getWorkersCount()]);
    const isFull = waiting > Math.max(LEAST_WAITING, WAITING_PER_WORKER * workers);
    if (isFull && !this.consumer.isPaused()) await this.consumer.pause(true);
    else if (!isFull && this.consumer.isPaused()) await this.consumer.resume();
  }
}
