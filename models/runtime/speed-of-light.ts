/**
 * How close a pool comes to its networks alone: `ratio = Σ time inside session.run / Σ thread time that had work`. At
 * any moment as many threads have work as there are batches pending, all of them at most: one small call cannot fill
 * two threads, and a pool that nobody asks is not slow. What the ratio loses is preparation in the threads, trips
 * between threads, waiting for company, and threads left without a batch while there was one.
 *
 * `achieved` = items / time with work pending; `bare` = achieved / ratio. The run times are those measured in the same
 * session under the same load, so the ratio does not compare a busy machine with an idle one.
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
  /** The same, times the threads that had work. */
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

  /** A caller's items, so many batches, are in the pool … */
  begin(batches: number): void {
    this.advance();
    this.pendingBatches += batches;
  }

  /** … and have left it. */
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
