import { setTimeout as sleep } from 'node:timers/promises';
import PQueue from 'p-queue';
import type { Engine, EngineEvent, Job } from '../../queues/engine.js';
import { EventStream } from '../../queues/event-stream.js';
import { toEarsightError } from '../../core/errors.js';
import type { BucketStore } from '../../core/store/bucket/bucket-store.js';
import type { VideoWork } from '../work/video-work.js';

/** Number of videos whose results are fetched at once; the files of each are fetched in parallel as well. */
const MAX_FETCHES = 4;
/** The same as for Redis: a store that is unreachable for less than this time ends no run and fails no video. */
const RETRY_LIMIT_MS = 60_000;
const RETRY_INTERVAL_MS = 2_000;

/**
 * An engine for workers that cannot read the files of this machine. It uploads each input that they need to the bucket,
 * and fetches the results of each finished video from it before it reports the video as done.
 */
export class BucketEngine implements Engine {
  private readonly stream = new EventStream<EngineEvent>();
  private readonly fetches = new PQueue({ concurrency: MAX_FETCHES });
  private readonly unfinished = new Set<string>();
  private readonly stop = new AbortController();
  /** Jobs that have not been submitted to the inner engine yet. */
  private readonly uploading = new Map<string, AbortController>();
  private readonly forwarding: Promise<void>;
  private onSettled: () => void = () => undefined;

  constructor(
    private readonly engine: Engine,
    private readonly store: BucketStore,
    private readonly work: VideoWork,
  ) {
    this.forwarding = this.forwardEvents(engine.events());
  }

  /** @throws EarsightError EARSIGHT_INPUT_… for an unreadable file, EARSIGHT_STORE_…, and the errors of the inner engine. */
  async submit(job: Job): Promise<void> {
    const uploaded = await this.cancellable(
      job,
      async (signal) => await retryUnreachable(async () => await this.upload(job, signal), signal),
    );
    await this.submitUploaded(uploaded, async () => await this.engine.submit(uploaded));
  }

  async offer(job: Job): Promise<void> {
    const uploaded = await this.cancellable(job, async (signal) => await this.upload(job, signal));
    await this.submitUploaded(uploaded, async () => await this.engine.offer(uploaded));
  }

  async checkHealth(): Promise<string | null> {
    return await this.engine.checkHealth();
  }

  events(): AsyncIterable<EngineEvent> {
    return this.stream.read();
  }

  cancel(id?: string): void {
    if (id === undefined) this.stop.abort();
    else this.uploading.get(id)?.abort();
    this.engine.cancel(id);
  }

  async drain(): Promise<void> {
    await this.engine.drain();
    while (this.unfinished.size > 0) await new Promise<void>((resolve) => (this.onSettled = resolve));
  }

  async close(): Promise<void> {
    this.stop.abort();
    await this.engine.close();
    await this.forwarding;
    await this.fetches.onIdle();
    this.stream.close();
  }

  private async cancellable<Result>(
    { id, input }: Job,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const cancellation = new AbortController();
    const signal = AbortSignal.any([this.stop.signal, cancellation.signal]);
    this.uploading.set(id, cancellation);
    try {
      return await work(signal);
    } catch (error) {
      throw toEarsightError(error, input);
    } finally {
      this.uploading.delete(id);
    }
  }

  /** Uploads the input if it must be decoded. When only later stages are missing, no worker reads it. */
  private async upload(job: Job, signal: AbortSignal): Promise<Job> {
    const source = await this.store.identify(job.input, signal);
    const steps = await this.work.plan(job, signal);
    if (steps.some(({ resource }) => resource === 'media')) await this.store.putInput(source, job.id, signal);
    signal.throwIfAborted();
    return { ...job, content: { sha256: source.sha256, bytes: source.bytes } };
  }

  /** Counts a job as unfinished from before the inner engine has it, so that none of its events is missed. */
  private async submitUploaded({ id }: Job, submit: () => Promise<void>): Promise<void> {
    this.unfinished.add(id);
    try {
      await submit();
    } catch (error) {
      this.unfinished.delete(id);
      throw error;
    }
  }

  private async forwardEvents(events: AsyncIterable<EngineEvent>): Promise<void> {
    for await (const event of events) {
      // The inner engine also reports jobs of other submitters.
      if (!this.unfinished.has(event.job.id)) continue;
      if (event.type === 'done') void this.fetches.add(async () => this.settle(await this.fetchResults(event.job)));
      else if (event.type === 'failed') this.settle(event);
      else this.stream.push(event);
    }
  }

  private async fetchResults(job: Job): Promise<EngineEvent> {
    try {
      await retryUnreachable(async () => await this.work.publish(job, this.stop.signal), this.stop.signal);
      return { type: 'done', job };
    } catch (error) {
      return { type: 'failed', job, error: toEarsightError(error, job.input) };
    }
  }

  private settle(event: EngineEvent): void {
    this.stream.push(event);
    this.unfinished.delete(event.job.id);
    this.onSettled();
  }
}

/** Repeats work while the store is unreachable, up to the limit. */
async function retryUnreachable<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  const deadlineMs = performance.now() + RETRY_LIMIT_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (toEarsightError(error).code !== 'EARSIGHT_STORE_UNREACHABLE' || performance.now() > deadlineMs) throw error;
      await sleep(RETRY_INTERVAL_MS, undefined, { signal });
    }
  }
}
