import PQueue from 'p-queue';
import { EarsightError } from '../../pipeline/errors.js';
import type { Resource } from '../../pipeline/stage.js';
import type { Engine, EngineEvent, Job, Step, Work } from '../engine.js';
import { EventStream } from '../event-stream.js';
import { defaultConcurrency, type Concurrency } from './concurrency.js';

/**
 * Runs all work in this process: one queue a resource class, a bounded number of videos under way. While one video is
 * decoded another is inferred; within a class the video that was submitted first goes first, so videos finish instead
 * of all being half done.
 */
export class InlineEngine implements Engine {
  private readonly stream = new EventStream<EngineEvent>();
  private readonly cancellation = new AbortController();
  private readonly videos: PQueue;
  private readonly lanes: Readonly<Record<Resource, PQueue>>;
  private submitted = 0;

  constructor(
    private readonly work: Work,
    concurrency: Concurrency = defaultConcurrency(),
  ) {
    this.videos = new PQueue({ concurrency: concurrency.videos });
    this.lanes = {
      media: new PQueue({ concurrency: concurrency.media }),
      inference: new PQueue({ concurrency: concurrency.inference }),
      light: new PQueue({ concurrency: concurrency.light }),
    };
  }

  async submit(job: Job): Promise<void> {
    const priority = -this.submitted++;
    void this.videos.add(async () => await this.runJob(job, priority));
    // One job may wait beside those under way; a second would only take memory.
    await this.videos.onSizeLessThan(2);
  }

  events(): AsyncIterable<EngineEvent> {
    return this.stream.read();
  }

  cancel(): void {
    this.cancellation.abort(new EarsightError('EARSIGHT_CANCELLED'));
  }

  async drain(): Promise<void> {
    await this.videos.onIdle();
  }

  async close(): Promise<void> {
    await this.drain();
    this.stream.close();
  }

  /** Never rejects: what goes wrong with a job is an event. */
  private async runJob(job: Job, priority: number): Promise<void> {
    const signal = this.cancellation.signal;
    let failure: unknown;
    try {
      signal.throwIfAborted();
      const steps = await this.work.plan(job, signal);
      this.stream.push({ type: 'started', job, steps: steps.map((step) => step.name) });
      await this.runSteps(job, steps, priority);
    } catch (error) {
      failure = error;
    }
    try {
      await this.work.finish(job, failure, signal);
    } catch (error) {
      failure ??= error;
    }
    this.stream.push(failure === undefined ? { type: 'done', job } : { type: 'failed', job, error: failure });
  }

  /** The first failing step stops its siblings; all have ended when this settles. */
  private async runSteps(job: Job, steps: readonly Step[], priority: number): Promise<void> {
    const siblings = new AbortController();
    const signal = AbortSignal.any([this.cancellation.signal, siblings.signal]);
    const running = new Map<string, Promise<void>>();
    const failures: unknown[] = [];
    for (const step of steps) {
      const needed = step.after.flatMap((name) => running.get(name) ?? []);
      const outcome = Promise.all(needed)
        .then(async () => {
          await this.lanes[step.resource].add(async () => await this.runStep(job, step, signal), { priority });
        })
        .catch((error: unknown) => {
          failures.push(error);
          siblings.abort(new EarsightError('EARSIGHT_CANCELLED'));
          throw error;
        });
      running.set(step.name, outcome);
    }
    await Promise.allSettled(running.values());
    if (failures.length > 0) throw failures[0];
  }

  private async runStep(job: Job, step: Step, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const startedMs = performance.now();
    const progress = (fraction: number) => this.stream.push({ type: 'progress', job, step: step.name, fraction });
    progress(0);
    await this.work.execute(job, step, { signal, progress });
    this.stream.push({ type: 'step-done', job, step: step.name, wallMs: performance.now() - startedMs });
  }
}
