/**
 * How close a pool comes to its networks alone. All inference threads inside `session.run` all the time that work is
 * pending would be the speed of light: `ratio = Σ run time / (threads × time with work pending)`. What it loses is
 * preparation in the threads, trips between threads, and threads without a batch.
 *
 * `achieved` = items / time with work pending; `bare` = items / Σ run time × threads. The run times are those measured
 * in the same session under the same load, so the ratio does not compare a busy machine with an idle one.
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
  private pending = 0;
  private since = 0;
  private pendingMs = 0;
  private items = 0;
  private batches = 0;
  private prepareMs = 0;
  private runMs = 0;
  private finishMs = 0;

  constructor(private readonly threads: number) {}

  /** A caller's items are in the pool … */
  begin(): void {
    if (this.pending++ === 0) this.since = performance.now();
  }

  /** … and have left it. */
  end(): void {
    if (--this.pending === 0) this.pendingMs += performance.now() - this.since;
  }

  batch(items: number, times: { prepareMs: number; runMs: number; finishMs: number }): void {
    this.items += items;
    this.batches++;
    this.prepareMs += times.prepareMs;
    this.runMs += times.runMs;
    this.finishMs += times.finishMs;
  }

  read(): SpeedOfLight {
    const wallMs = this.pendingMs + (this.pending > 0 ? performance.now() - this.since : 0);
    const { items, batches, prepareMs, runMs, finishMs, threads } = this;
    const achievedPerSec = wallMs > 0 ? (items * 1000) / wallMs : 0;
    const barePerSec = runMs > 0 ? (items * 1000 * threads) / runMs : 0;
    const ratio = barePerSec > 0 ? achievedPerSec / barePerSec : 0;
    return { items, batches, achievedPerSec, barePerSec, ratio, prepareMs, runMs, finishMs };
  }
}
