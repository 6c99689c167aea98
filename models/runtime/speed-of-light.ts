/**
 * How close the rate of a pool comes to the rate of its networks alone:
 * `ratio = Σ time inside session.run / Σ time in which a thread had work`. At any moment, the number of threads that have
 * work is the number of pending batches, and at most the number of threads: one small call cannot fill two threads, and a
 * pool without calls is not slow. The ratio falls below one for preparation in the threads, messages between threads, the
 * wait for a batch to fill, and threads without a batch while one was pending.
 *
 * `achieved` = items / time with work pending; `bare` = achieved / ratio. Run times are measured in the same session under
 * the same load, so the ratio does not compare a busy machine with an idle one.
 */
export interface SpeedOfLight {
  readonly items: number;
  readonly batches: number;
  readonly achievedPerSec: number;
  readonly barePerSec: number;
  readonly ratio: number;
  readonly prepareMs: number;
  readonly runMs: number;
  readonly finishMs: number;
}

export class SpeedOfLightMeter {
  private pendingBatches = 0;
  private since: number;
  /** Time with work pending. */
  private pendingMs = 0;
  /** The same, multiplied by the number of threads that had work. */
  private threadMs = 0;
  private items = 0;
  private batches = 0;
  private prepareMs = 0;
  private runMs = 0;
  private finishMs = 0;

  constructor(
    private readonly threads: number,
    private readonly now = () => performance.now(),
  ) {
    this.since = now();
  }

  /** A call that fills so many batches has entered the pool. */
  begin(batches: number): void {
    this.advance();
    this.pendingBatches += batches;
  }

  /** A call that fills so many batches has left the pool. */
  end(batches: number): void {
    this.advance();
    this.pendingBatches -= batches;
  }

  batch(items: number, times: { prepareMs: number; runMs: number; finishMs: number }): void {
    this.items += items;
    this.batches++;
    this.prepareMs += times.prepareMs;
    this.runMs += times.runMs;
    this.finishMs += times.finishMs;
  }

  read(): SpeedOfLight {
    this.advance();
    const { items, batches, prepareMs, runMs, finishMs, pendingMs, threadMs } = this;
    const achievedPerSec = pendingMs > 0 ? (items * 1000) / pendingMs : 0;
    const ratio = threadMs > 0 ? runMs / threadMs : 0;
    const barePerSec = ratio > 0 ? achievedPerSec / ratio : 0;
    return { items, batches, achievedPerSec, barePerSec, ratio, prepareMs, runMs, finishMs };
  }

  private advance(): void {
    const now = this.now();
    if (this.pendingBatches > 0) {
      this.pendingMs += now - this.since;
      this.threadMs += (now - this.since) * Math.min(this.threads, this.pendingBatches);
    }
    this.since = now;
  }
}
