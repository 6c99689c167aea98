import PQueue from 'p-queue';
import { EarsightError, toEarsightError } from '../../core/errors.js';
import type { Resource } from '../../core/stage.js';
import type { Warning } from '../../core/warnings.js';
import type { Engine, EngineEvent, Job, Step, Work } from '../engine.js';
import { EventStream } from '../event-stream.js';
import { defaultConcurrency, type Concurrency } from './concurrency.js';

/** How many jobs may wait before `offer` refuses further ones. Each is a reference of about 500 bytes. */
const MAX_WAITING = 1_000;
/** A video takes some seconds: a caller that retries sooner would find the same queue. */
const RETRY_AFTER_SEC = 10;

/**
 * Runs all work in this process, with one queue per resource class and a bounded number of videos in progress. While one
 * video is decoded, another is inferred. Within a class the video that was submitted first has priority, so that videos
 * finish early instead of all being half done.
 */
export class InlineEngine implements Engine {
  private readonly stream = new EventStream<EngineEvent>();
  private readonly unfinished = new Map<string, { cancellation: AbortController; ended: Promise<void> }>();
  private readonly videos: PQueue;
  private readonly queues: Readonly<Record<Resource, PQueue>>;
  private submitted = 0;
  private stopped = false;

  constructor(
    private readonly work: Work,
    concurrency: Concurrency = defaultConcurrency(),
  ) {
    this.videos = new PQueue({ concurrency: concurrency.videos });
    this.queues = {
      media: new PQueue({ concurrency: concurrency.media }),
      inference: new PQueue({ concurrency: concurrency.inference }),
      light: new PQueue({ concurrency: concurrency.light }),
    };
  }

  async submit(job: Job): Promise<void> {
    this.accept(job);
    // One job may wait besides those in progress; a second one would only take memory.
    await this.videos.onSizeLessThan(2);
  }

  offer(job: Job): Promise<void> {
    if (this.videos.size >= MAX_WAITING) {
      const details = { reason: `${MAX_WAITING} videos wait`, retryAfterSec: RETRY_AFTER_SEC };
      return Promise.reject(new EarsightError('EARSIGHT_QUEUE_FULL', details));
    }
    this.accept(job);
    return Promise.resolve();
  }

  checkHealth(): Promise<null> {
    return Promise.resolve(null);
  }

  events(): AsyncIterable<EngineEvent> {
    return this.stream.read();
  }

  cancel(id?: string): void {
    if (id === undefined) this.stopped = true;
    const chosen = id === undefined ? [...this.unfinished.values()] : [this.unfinished.get(id)];
    for (const job of chosen) job?.cancellation.abort(new EarsightError('EARSIGHT_CANCELLED'));
  }

  async drain(): Promise<void> {
    while (this.unfinished.size > 0) await Promise.all([...this.unfinished.values()].map(({ ended }) => ended));
  }

  async close(): Promise<void> {
    await this.drain();
    this.stream.close();
  }

  private accept(job: Job): void {
    if (this.unfinished.has(job.id)) return;
    const cancellation = new AbortController();
    if (this.stopped) cancellation.abort(new EarsightError('EARSIGHT_CANCELLED'));
    const ended = this.runJob(job, -this.submitted++, cancellation.signal);
    this.unfinished.set(job.id, { cancellation, ended });
  }

  private async runJob(job: Job, priority: number, signal: AbortSignal): Promise<void> {
    try {
      await runQueued(this.videos, signal, {}, async () => {
        await this.finishWith(job, signal, async () => {
          const steps = await this.work.plan(job, signal);
          this.stream.push({ type: 'started', job, steps: steps.map((step) => step.name) });
          await this.runSteps(job, steps, priority, signal);
        });
      });
    } catch (cancelled) {
      await this.finishWith(job, signal, async () => await Promise.reject(toEarsightError(cancelled)));
    }
  }

  /** Finishes a job after `work` and emits its last event. Never rejects: a failure is reported as an event. */
  private async finishWith(job: Job, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    let failure: unknown;
    try {
      await work();
    } catch (error) {
      failure = error;
    }
    try {
      await this.work.finish(job, failure, signal);
    } catch (error) {
      failure ??= error;
    }
    this.unfinished.delete(job.id);
    this.stream.push(failure === undefined ? { type: 'done', job } : { type: 'failed', job, error: failure });
  }

  /** Runs the steps of a job. The first failing step aborts the others; all have ended when this settles. */
  private async runSteps(job: Job, steps: readonly Step[], priority: number, cancelled: AbortSignal): Promise<void> {
    const siblings = new AbortController();
    const signal = AbortSignal.any([cancelled, siblings.signal]);
    const running = new Map<string, Promise<void>>();
    const failures: unknown[] = [];
    for (const step of steps) {
      const needed = step.after.flatMap((name) => running.get(name) ?? []);
      const outcome = Promise.all(needed)
        .then(async () => {
          await runQueued(this.queues[step.resource], signal, { priority }, async () => {
            await this.runStep(job, step, signal);
          });
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
    const warn = (warning: Warning) => this.stream.push({ type: 'warning', job, step: step.name, warning });
    progress(0);
    await this.work.execute(job, step, { signal, progress, warn });
    this.stream.push({ type: 'step-done', job, step: step.name, wallMs: performance.now() - startedMs });
  }
}

/**
 * Runs work through a queue. When the signal is aborted while the work waits, it leaves the queue at once and rejects with
 * the reason of the signal; work that has started keeps its slot until it ends.
 */
async function runQueued(
  queue: PQueue,
  signal: AbortSignal,
  options: { readonly priority?: number },
  work: () => Promise<void>,
): Promise<void> {
  // PQueue frees the slot of running work when its signal is aborted, so it gets a signal that is used only while waiting.
  const waiting = new AbortController();
  const leave = () => waiting.abort(signal.reason);
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  const begin = async () => {
    signal.removeEventListener('abort', leave);
    await work();
  };
  try {
    await queue.add(begin, { ...options, signal: waiting.signal });
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
