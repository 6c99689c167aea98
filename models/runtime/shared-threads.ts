import type { Device } from './devices.js';
import { SessionThreads, type ThreadOptions } from './session-threads.js';

/**
 * The inference threads that all pools of a device share. Two threads with webgpu sessions in one process end it with a
 * segmentation fault (measured, 4 of 4), and a worker has a pool for each set of packs that its runs ask for.
 */
export class SharedThreads {
  private threads: SessionThreads | null = null;
  private users = 0;
  private closing: Promise<void> | null = null;

  constructor(private readonly device: Device) {}

  /** Threads that run; started where there are none, or where those there are have given up. */
  async acquire(options: ThreadOptions): Promise<SessionThreads> {
    if (this.threads !== null && !this.threads.usable) this.end(this.threads);
    while (this.closing !== null) await this.closing;
    this.threads ??= new SessionThreads(this.device, options);
    this.users++;
    return this.threads;
  }

  /** Ends them with their last holder. Threads that gave up may have been replaced by then. */
  async release(threads: SessionThreads): Promise<void> {
    if (threads === this.threads && --this.users === 0) this.end(threads);
    await this.closing;
  }

  private end(threads: SessionThreads): void {
    this.threads = null;
    this.users = 0;
    const ending = threads.close().finally(() => {
      if (this.closing === ending) this.closing = null;
    });
    this.closing = ending;
  }
}
