import { availableParallelism } from 'node:os';
import { EarsightError } from '../../core/errors.js';
import { tellBatch } from './batch-channel.js';
import { BatchQueue, type Batch } from './batch-queue.js';
import type { Device } from './devices.js';
import { entryUrl } from '../../core/processes/entry.js';
import { InferenceThread, FailedRequest } from './inference-thread.js';
import { elementsIn, type Block, type ModelReport, type ModelSpec, type Result } from './model-spec.js';
import { SpeedOfLightMeter, type SpeedOfLight } from './speed-of-light.js';

export interface ThreadOptions {
  /** Inference threads; one whatever is asked for on a GPU. */
  readonly threads?: number;
  /** The thread's file; tests put one that dies on purpose. */
  readonly entry?: URL;
}

/** A model that every thread has warm. */
export interface LoadedModel {
  readonly report: ModelReport;
  /** Runs `count` items; each result is [count, …]. Waits while the model's queue is full. */
  run(blocks: readonly Block[], count: number, signal?: AbortSignal): Promise<readonly Result[]>;
  /** Frees its sessions; whatever waits for it is rejected as cancelled. */
  unload(): void;
}

/** A thread holds a copy of every network: beyond four, memory grows faster than the rate. */
const MAX_CPU_THREADS = 4;

/**
 * How long the first item of a batch waits for company while a thread is free. Callers hand over whole stretches of
 * video, so what belongs together arrives within a turn of the loop or two; the fastest network takes 4 ms a batch.
 */
const FILL_MS = 4;

/** Batches at a thread: one runs, one is on its way, so that the thread never waits for this loop. */
const DEPTH = 2;

/** Waiting batches a model and thread: enough to keep filling, small enough that waiting frames stay with their owner. */
const QUEUED_BATCHES = 8;

/** Deaths in a row without one finished batch: the fault is in what every thread is given, not in chance. */
const MAX_DEATHS = 3;

interface Model {
  readonly index: number;
  readonly spec: ModelSpec;
  readonly queues: Map<string, BatchQueue>;
}

/** Threads with warm sessions, and the batches that go to them. Sessions never live on the caller's thread. */
export class SessionThreads {
  private readonly threads: (InferenceThread | null)[];
  private readonly models = new Map<number, Model>();
  private nextModel = 0;
  private meter: SpeedOfLightMeter;
  private readonly waiters = new Map<BatchQueue, (() => void)[]>();
  private timer: NodeJS.Timeout | null = null;
  private deathsInARow = 0;
  private failure: EarsightError | null = null;

  private readonly intraOpThreads: number;
  private readonly entry: URL;

  constructor(
    readonly device: Device,
    options: ThreadOptions,
  ) {
    const cores = availableParallelism();
    const threads = device === 'cpu' ? Math.max(1, options.threads ?? Math.min(cores, MAX_CPU_THREADS)) : 1;
    this.intraOpThreads = device === 'cpu' ? Math.max(1, Math.floor(cores / threads)) : 1;
    this.entry = options.entry ?? entryUrl('./inference-worker', import.meta.url);
    this.meter = new SpeedOfLightMeter(threads);
    this.threads = Array.from({ length: threads }, () => null);
    this.threads.forEach((_, index) => void this.start(index));
  }

  get threadCount(): number {
    return this.threads.length;
  }

  /** False once it was closed, or gave up on threads that keep dying: nothing will run in it any more. */
  get usable(): boolean {
    return this.failure === null;
  }

  /** Loads a model into every thread and warms it up. @throws EARSIGHT_MODEL_FAILED */
  async load(spec: ModelSpec): Promise<LoadedModel> {
    this.checkOpen();
    const model: Model = { index: this.nextModel++, spec, queues: new Map() };
    this.models.set(model.index, model);
    const here = this.threads.flatMap((thread) => (thread ? [thread] : []));
    try {
      const [report] = await Promise.all(here.map((thread) => loadInto(thread, model)));
      if (!report) throw failed(spec.name, 'no inference thread is alive');
      return {
        report,
        run: (blocks, count, signal) => this.run(model, blocks, count, signal),
        unload: () => this.unload(model),
      };
    } catch (error) {
      // Another thread may have it.
      this.unload(model);
      throw error;
    }
  }

  private unload({ index, queues }: Model): void {
    this.models.delete(index);
    for (const queue of queues.values()) {
      queue.rejectAll(new EarsightError('EARSIGHT_CANCELLED'));
      for (const admit of this.waiters.get(queue)?.splice(0) ?? []) admit();
      this.waiters.delete(queue);
    }
    for (const thread of this.threads) thread?.unload(index);
  }

  /** Since the pool was opened, or since `restartMeter`. */
  speedOfLight(): SpeedOfLight {
    return this.meter.read();
  }

  /** Forgets what was measured: trial runs while models load wait behind sessions that are being made. */
  restartMeter(): void {
    this.meter = new SpeedOfLightMeter(this.threads.length);
  }

  /** Ends the threads; whatever waits is rejected as cancelled. */
  async close(): Promise<void> {
    this.fail(new EarsightError('EARSIGHT_CANCELLED'));
    await Promise.all(this.threads.map((thread) => thread?.close() ?? Promise.resolve()));
  }

  private async run(
    model: Model,
    blocks: readonly Block[],
    count: number,
    signal: AbortSignal | undefined,
  ): Promise<readonly Result[]> {
    this.checkOpen(model);
    if (count === 0) return [];
    for (const { data, dims } of blocks)
      if (data.length !== elementsIn(dims) * count) {
        const reason = `${count} items of ${dims.join(' × ')} are not ${data.length} numbers`;
        throw new EarsightError('EARSIGHT_BUG', { reason });
      }
    const queue = this.queueFor(model, blocks);
    await this.waitForRoom(queue);
    if (signal?.aborted) {
      // Its turn is the next one's: nothing of this call will leave the queue and let anybody in.
      this.wakeWaiter(queue);
      throw new EarsightError('EARSIGHT_CANCELLED');
    }
    this.checkOpen(model);
    const { meter } = this;
    const batches = Math.ceil(count / queue.maxBatch);
    meter.begin(batches);
    try {
      const answer = queue.push(blocks, count, signal);
      this.dispatch();
      return await answer;
    } finally {
      meter.end(batches);
      this.wakeWaiter(queue);
    }
  }

  private queueFor({ queues, spec }: Model, blocks: readonly Block[]): BatchQueue {
    const key = blocks.map(({ type, dims }) => `${type}[${dims.join()}]`).join();
    let queue = queues.get(key);
    if (!queue) {
      const shapes = blocks.map(({ type, dims }) => ({ type, dims }));
      queue = new BatchQueue(shapes, spec.maxBatch);
      queues.set(key, queue);
    }
    return queue;
  }

  /** Back-pressure: a caller's frames stay with the caller until there is room. */
  private async waitForRoom(queue: BatchQueue): Promise<void> {
    while (!this.hasRoom(queue) && !this.failure)
      await new Promise<void>((resolve) => {
        const waiting = this.waiters.get(queue);
        if (waiting) waiting.push(resolve);
        else this.waiters.set(queue, [resolve]);
      });
  }

  private hasRoom(queue: BatchQueue): boolean {
    return queue.waiting < QUEUED_BATCHES * queue.maxBatch * this.threads.length;
  }

  private wakeWaiter(queue: BatchQueue): void {
    const waiting = this.waiters.get(queue);
    if (waiting && this.hasRoom(queue)) waiting.shift()?.();
  }

  /** Hands batches to threads with a free place: full ones at once, others when their first item has waited enough. */
  private dispatch(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    for (;;) {
      const thread = this.leastBusyThread();
      if (!thread) return;
      const next = this.nextQueue();
      if (!next) return;
      const { model, queue } = next;
      const wait = queue.oldest + FILL_MS - performance.now();
      if (queue.waiting < queue.maxBatch && wait > 0) {
        this.timer = setTimeout(() => this.dispatch(), Math.ceil(wait));
        return;
      }
      const batch = queue.take();
      if (!batch) return;
      void this.send(thread, model, queue, batch);
      this.wakeWaiter(queue);
    }
  }

  private leastBusyThread(): InferenceThread | null {
    let best: InferenceThread | null = null;
    for (const thread of this.threads)
      if (thread?.alive && thread.inFlight < DEPTH && thread.inFlight < (best?.inFlight ?? Infinity)) best = thread;
    return best;
  }

  /** Full batches first, by age; then the rest, by age. */
  private nextQueue(): { model: Model; queue: BatchQueue } | null {
    let best: { model: Model; queue: BatchQueue } | null = null;
    let bestFull = false;
    for (const model of this.models.values())
      for (const queue of model.queues.values()) {
        if (queue.waiting === 0) continue;
        const full = queue.waiting >= queue.maxBatch || performance.now() - queue.oldest >= FILL_MS;
        if (best && (bestFull !== full ? bestFull : best.queue.oldest <= queue.oldest)) continue;
        best = { model, queue };
        bestFull = full;
      }
    return best;
  }

  private async send(thread: InferenceThread, model: Model, queue: BatchQueue, batch: Batch): Promise<void> {
    try {
      const { results, times, buffers } = await thread.run(model.index, batch);
      this.deathsInARow = 0;
      this.meter.batch(batch.count, times);
      tellBatch({
        model: model.spec.name,
        items: batch.count,
        room: queue.maxBatch,
        lightRatio: this.meter.read().ratio,
        times,
      });
      queue.complete(batch, results, buffers);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (error instanceof FailedRequest) queue.retryOrFail(batch, failed(model.spec.name, reason), error.buffers);
      else if (error instanceof EarsightError && error.code === 'EARSIGHT_MODEL_MEMORY')
        queue.fail(batch, new EarsightError(error.code, { model: model.spec.name }, { cause: error }));
      else queue.fail(batch, failed(model.spec.name, reason));
    }
    this.dispatch();
  }

  /** Starts the thread of a place, and starts it anew whenever it dies. */
  private async start(place: number): Promise<void> {
    const { device, intraOpThreads } = this;
    const thread = new InferenceThread(this.entry, { device, intraOpThreads });
    void thread.ended.then((death) => this.onDeath(place, death));
    // A map is walked in order and includes what is added meanwhile: a model loaded during a restart is not missed.
    const loaded: Model[] = [];
    try {
      for (const model of this.models.values()) {
        loaded.push(model);
        await loadInto(thread, model);
      }
    } catch (error) {
      // Of a thread that died of it, `ended` tells; one that lives would outlast the pool.
      if (!thread.alive) return;
      this.fail(error instanceof EarsightError ? error : failed('a restarted thread', String(error)));
    }
    if (this.failure) await thread.close();
    else this.threads[place] = thread;
    for (const { index } of loaded) if (!this.models.has(index)) thread.unload(index);
    this.dispatch();
  }

  private onDeath(place: number, death: EarsightError): void {
    this.threads[place] = null;
    if (this.failure) return;
    if (++this.deathsInARow >= MAX_DEATHS) {
      this.fail(death);
      return;
    }
    void this.start(place);
  }

  private fail(error: EarsightError): void {
    this.failure ??= error;
    if (this.timer) clearTimeout(this.timer);
    for (const { queues } of this.models.values()) for (const queue of queues.values()) queue.rejectAll(error);
    for (const waiting of this.waiters.values()) for (const admit of waiting.splice(0)) admit();
  }

  private checkOpen(model?: Model): void {
    if (this.failure) throw this.failure;
    if (model && this.models.get(model.index) !== model) throw new EarsightError('EARSIGHT_CANCELLED');
  }
}

async function loadInto(thread: InferenceThread, { index, spec }: Model): Promise<ModelReport> {
  try {
    return await thread.load(index, spec);
  } catch (error) {
    if (error instanceof EarsightError) throw error;
    throw failed(spec.name, error instanceof Error ? error.message : String(error));
  }
}

function failed(model: string, reason: string): EarsightError {
  return new EarsightError('EARSIGHT_MODEL_FAILED', { model, reason });
}
