import type { RunEvent } from '../run/run-events.js';
import type { IndexRow } from '../../core/schemas/run.js';

/** Before so much of the first video is done, loading and its first stages would pass for its pace. */
const BASIS = 0.5;

/** What a progress display needs to know, kept up from the events of a run. */
export class RunProgress {
  inputs = 0;
  done = 0;
  failed = 0;
  skipped = 0;
  /** Seconds of media finished in this run, those passed by not counted. */
  mediaSec = 0;
  /** What is going on, most recent last: `encode clip.mp4`. */
  current = '';
  private readonly startedMs = performance.now();
  private readonly underway = new Map<string, { stages: number; finished: number; fractions: Map<string, number> }>();

  take(event: RunEvent): void {
    if (event.type === 'inputs') this.inputs = event.count;
    else if (event.type === 'started')
      this.underway.set(event.input, { stages: event.stages.length, finished: 0, fractions: new Map() });
    else if (event.type === 'progress') {
      this.current = event.stage;
      this.underway.get(event.input)?.fractions.set(event.stage, event.fraction);
    } else if (event.type === 'stage-done') {
      const video = this.underway.get(event.input);
      video?.fractions.delete(event.stage);
      if (video !== undefined) video.finished += 1;
    } else if (event.type === 'settled') this.settle(event.row);
  }

  /** Videos finished, those under way by the share of their stages. */
  get videos(): number {
    return this.settled + this.shares.reduce((sum, share) => sum + share, 0);
  }

  get settled(): number {
    return this.done + this.failed + this.skipped;
  }

  get elapsedSec(): number {
    return (performance.now() - this.startedMs) / 1000;
  }

  /** Seconds of media a second. */
  get speed(): number {
    return this.mediaSec / this.elapsedSec;
  }

  /** Null until a video is done in this run, or half of one: nothing before says how long the rest will take. */
  get remainingSec(): number | null {
    if (this.done === 0 && !this.shares.some((share) => share >= BASIS)) return null;
    const worked = this.videos - this.skipped;
    return (this.elapsedSec / worked) * (this.inputs - this.videos);
  }

  /** Of each video under way, what is done of its stages. */
  private get shares(): number[] {
    return [...this.underway.values()].map(({ stages, finished, fractions }) => {
      const running = [...fractions.values()].reduce((sum, fraction) => sum + fraction, 0);
      return stages > 0 ? (finished + running) / stages : 0;
    });
  }

  private settle(row: IndexRow): void {
    this[row.status] += 1;
    if (row.status === 'done') this.mediaSec += row.durationSec ?? 0;
    this.underway.delete(row.input);
  }
}
