import { EarsightError } from '../../core/errors.js';

interface Waiting {
  readonly exclusive: boolean;
  readonly start: () => void;
}

/**
 * Runs any number of shared calls at once, or one exclusive call alone. Calls start in the order in which they came, so
 * that an exclusive call waits for no call that came after it.
 */
export class ReadWriteLock {
  private running = 0;
  private exclusiveRunning = false;
  private queue: Waiting[] = [];

  /** @throws EarsightError EARSIGHT_CANCELLED when the signal aborts before the work has started. */
  async run<Result>(exclusive: boolean, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    await this.acquire(exclusive, signal);
    try {
      return await work();
    } finally {
      this.running -= 1;
      this.exclusiveRunning = false;
      this.startWaiting();
    }
  }

  private async acquire(exclusive: boolean, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw new EarsightError('EARSIGHT_CANCELLED');
    let cancel = (): void => undefined;
    const acquired = new Promise<void>((start, reject) => {
      const waiting = { exclusive, start };
      cancel = () => {
        this.queue = this.queue.filter((other) => other !== waiting);
        // Calls behind a cancelled exclusive call may start now.
        this.startWaiting();
        reject(new EarsightError('EARSIGHT_CANCELLED'));
      };
      this.queue.push(waiting);
    });
    signal.addEventListener('abort', cancel, { once: true });
    this.startWaiting();
    await acquired.finally(() => signal.removeEventListener('abort', cancel));
  }

  private startWaiting(): void {
    for (;;) {
      const [first] = this.queue;
      if (first === undefined || this.exclusiveRunning || (first.exclusive && this.running > 0)) return;
      this.queue.shift();
      this.running += 1;
      this.exclusiveRunning = first.exclusive;
      first.start();
    }
  }
}
