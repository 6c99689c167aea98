import type { RunEvent } from '../run/run-events.js';
import type { IndexRow } from '../../core/schemas/run.js';

/**
 * The remaining time is estimated only after this share of the first video: loading and the first stages do not show
 * the pace of the rest.
 */
const MIN_SHARE = 0.5;

/** The state that a progress display shows, updated from the events of a run. */
export class RunProgress {
  inputs = 0;
  done = 0;
  failed = 0;
  skipped = 0;
  /** Seconds of media finished in this run, without the videos that it skipped. */
  mediaSec = 0;
  /** The stage that reported progress last; empty before the first report. */
  current = '';
  private readonly startedMs = performance.now();
  private readonly inProgress = new Map<string, { stages: number; finished: number; fractions: Map<string, number> }>();

  update(event: RunEvent): void {
    if (event.type === 'inputs') this.inputs = event.count;
    else if (event.type === 'started')
      this.inProgress.set(event.input, { stages: event.stages.length, finished: 0, fractions: new Map() });
    else if (event.type === 'progress') {
      this.current = event.stage;
      this.inProgress.get(event.input)?.fractions.set(event.stage, event.fraction);
    } else if (event.type === 'stage-done') {
      const video = this.inProgress.get(event.input);
      video?.fractions.delete(event.stage);
      if (video !== undefined) video.finished += 1;
    } else if (event.type === 'settled') this.settle(event.row);
  }

  /** Number of finished videos, plus the finished share of each video in progress. */
  get videos(): number {
    return this.settled + this.shares.reduce((sum, share) => sum + share, 0);
  }

  get settled(): number {
    return this.done + this.failed + this.skipped;
  }

  get elapsedSec(): number {
    return (performance.now() - this.startedMs) / 1000;
  }

  /** Seconds of media per second of the run. */
  get speed(): number {
    return this.mediaSec / this.elapsedSec;
  }

  /** Null until this run has finished one video, or half of one: before that there is no basis for an estimate. */
  get remainingSec(): number | null {
    if (this.done === 0 && !this.shares.some((share) => share >= MIN_SHARE)) return null;
    const worked = this.videos - this.skipped;
    return (this.elapsedSec / worked) * (this.inputs - this.videos);
  }

  /** The finished share of the stages of each video in progress, 0 to 1. */
  private get shares(): number[] {
    return [...this.inProgress.values()].map(({ stages, finished, fractions }) => {
      const running = [...fractions.values()].reduce((sum, fraction) => sum + fraction, 0);
      return stages > 0 ? (finished + running) / stages : 0;
    });
  }

  private settle(row: IndexRow): void {
    this[row.status] += 1;
    if (row.status === 'done') this.mediaSec += row.durationSec ?? 0;
    this.inProgress.delete(row.input);
  }
}
