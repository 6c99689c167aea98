import { toEarsightError } from '../../core/errors.js';
import type { Job, Step, StepControl, Work } from '../engine.js';
import type { Metrics } from './metrics.js';

/** Measures the duration and the outcome of each step of other work. */
export class MeasuredWork implements Work {
  constructor(
    private readonly work: Work,
    private readonly metrics: Metrics,
  ) {}

  async plan(job: Job, signal: AbortSignal): Promise<readonly Step[]> {
    return await this.work.plan(job, signal);
  }

  async execute(job: Job, step: Step, control: StepControl): Promise<void> {
    const startedMs = performance.now();
    const ended = (outcome: 'done' | 'failed' | 'cancelled'): void =>
      this.metrics.observeStage(step.name, outcome, (performance.now() - startedMs) / 1000);
    try {
      await this.work.execute(job, step, control);
      ended('done');
    } catch (error) {
      ended(toEarsightError(error).code === 'EARSIGHT_CANCELLED' ? 'cancelled' : 'failed');
      throw error;
    }
  }

  async finish(job: Job, error: unknown, signal: AbortSignal): Promise<void> {
    await this.work.finish(job, error, signal);
  }
}
