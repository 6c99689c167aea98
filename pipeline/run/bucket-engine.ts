import { setTimeout as sleep } from 'node:timers/promises';
import PQueue from 'p-queue';
import type { Engine, EngineEvent, Job } from '../../queues/engine.js';
import { EventStream } from '../../queues/event-stream.js';
import { toEarsightError } from '../../core/errors.js';
import type { BucketStore } from '../../core/store/bucket/bucket-store.js';
import type { VideoWork } from '../work/video-work.js';

/** Videos whose results are fetched at once; the files of one are fetched side by side as well. */
const FETCHES = 4;
/** As long as for Redis: a store that is away for a moment ends no run, and costs no video its row. */
const PATIENCE_MS = 60_000;
const AGAIN_MS = 2_000;

/**
 * An engine whose workers see nothing of this machine: gives the store each input they will need, by its content, and
 * takes the results of each finished video out of it before it says that the video is done.
 */
export class BucketEngine implements Engine {
  private readonly stream = new EventStream<EngineEvent>();
  private readonly fetches = new PQueue({ concurrency: FETCHES });
  private readonly unfinished = new Set<string>();
  private readonly stopping = new AbortController();
  /** Jobs that the engine does not know yet. */
  private readonly coming = new Map<string, AbortController>();
  private readonly listening: Promise<void>;
  private wake: () => void = () => undefined;

  constructor(
    private readonly engine: Engine,
    private readonly store: BucketStore,
    private readonly work: VideoWork,
  ) {
    this.listening = this.listen(engine.events());
  }

  /** @throws EarsightError EARSIGHT_INPUT_… for a file that cannot be read, EARSIGHT_STORE_…, and what the engine throws. */
  async submit(job: Job): Promise<void> {
    const given = await this.during(
      job,
      async (signal) => await patiently(async () => await this.give(job, signal), signal),
    );
    await this.place(given, async () => await this.engine.submit(given));
  }

  async offer(job: Job): Promise<void> {
    const given = await this.during(job, async (signal) => await this.give(job, signal));
    await this.place(given, async () => await this.engine.offer(given));
  }

  async trouble(): Promise<string | null> {
    return await this.engine.trouble();
  }

  events(): AsyncIterable<EngineEvent> {
    return this.stream.read();
  }

  cancel(id?: string): void {
    if (id === undefined) this.stopping.abort();
    else this.coming.get(id)?.abort();
    this.engine.cancel(id);
  }

  async drain(): Promise<void> {
    await this.engine.drain();
    while (this.unfinished.size > 0) await new Promise<void>((resolve) => (this.wake = resolve));
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await this.engine.close();
    await this.listening;
    await this.fetches.onIdle();
    this.stream.close();
  }

  private async during<Result>({ id, input }: Job, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const cancellation = new AbortController();
    const signal = AbortSignal.any([this.stopping.signal, cancellation.signal]);
    this.coming.set(id, cancellation);
    try {
      return await work(signal);
    } catch (error) {
      throw toEarsightError(error, input);
    } finally {
      this.coming.delete(id);
    }
  }

  /** What is there already needs no input; what is not begins with decoding it. */
  private async give(job: Job, signal: AbortSignal): Promise<Job> {
    const source = await this.store.identify(job.input, signal);
    const steps = await this.work.plan(job, signal);
    if (steps.some(({ resource }) => resource === 'media')) await this.store.putInput(source, job.id, signal);
    signal.throwIfAborted();
    return { ...job, content: { sha256: source.sha256, bytes: source.bytes } };
  }

  private async place({ id }: Job, placing: () => Promise<void>): Promise<void> {
    this.unfinished.add(id);
    try {
      await placing();
    } catch (error) {
      this.unfinished.delete(id);
      throw error;
    }
  }

  private async listen(events: AsyncIterable<EngineEvent>): Promise<void> {
    for await (const event of events) {
      // Others' videos are told of as well.
      if (!this.unfinished.has(event.job.id)) continue;
      if (event.type === 'done') void this.fetches.add(async () => this.end(await this.fetched(event.job)));
      else if (event.type === 'failed') this.end(event);
      else this.stream.push(event);
    }
  }

  private async fetched(job: Job): Promise<EngineEvent> {
    try {
      await patiently(async () => await this.work.publish(job, this.stopping.signal), this.stopping.signal);
      return { type: 'done', job };
    } catch (error) {
      return { type: 'failed', job, error: toEarsightError(error, job.input) };
    }
  }

  private end(event: EngineEvent): void {
    this.stream.push(event);
    this.unfinished.delete(event.job.id);
    this.wake();
  }
}

async function patiently<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  const untilMs = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (toEarsightError(error).code !== 'EARSIGHT_STORE_UNREACHABLE' || performance.now() > untilMs) throw error;
      await sleep(AGAIN_MS, undefined, { signal });
    }
  }
}
