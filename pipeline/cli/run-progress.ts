import type { RunEvent } from '../run/run-events.js';
import type { IndexRow } from '../schemas/run.js';

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
    let partial = 0;
    for (const video of this.underway.values()) {
      const running = [...video.fractions.values()].reduce((sum, fraction) => sum + fraction, 0);
      if (video.stages > 0) partial += (video.finished + running) / video.stages;
    }
    return this.settled + partial;
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

  /** Null as long as nothing can be said. */
  get remainingSec(): number | null {
    const worked = this.videos - this.skipped;
    if (worked <= 0) return null;
    return (this.elapsedSec / worked) * (this.inputs - this.videos);
  }

  private settle(row: IndexRow): void {
    this[row.status] += 1;
    if (row.status === 'done') this.mediaSec += row.durationSec ?? 0;
    this.underway.delete(row.input);
  }
}
