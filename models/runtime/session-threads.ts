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
  /** Number of inference threads. On a GPU there is always one. */
  readonly threads?: number;
  /** The file that the thread runs; tests use one that dies on purpose. */
  readonly entry?: URL;
}

/** A model that is loaded and warm in every thread. */
export interface LoadedModel {
  readonly report: ModelReport;
  /** Runs `count` items; each result is [count, …]. Waits while the queue of the model is full. */
  run(blocks: readonly Block[], count: number, signal?: AbortSignal): Promise<readonly Result[]>;
  /** Frees its sessions. Waiting calls reject with EARSIGHT_CANCELLED. */
  unload(): void;
}

/** Every thread holds a copy of every network: beyond four threads, memory grows faster than the rate. */
const MAX_CPU_THREADS = 4;

/**
 * How long the first item of a batch waits for others while a thread is free. Callers pass whole stretches of video, so
 * items that belong together arrive within one or two turns of the event loop. The fastest network takes 4 ms for a batch.
 */
const FILL_MS = 4;

/** Batches that are sent to a thread at once: one runs and one waits, so that the thread never waits for this event loop. */
const DEPTH = 2;

/** Batches that may wait per model and thread: enough to fill batches, few enough that most frames stay with the caller. */
const QUEUED_BATCHES = 8;

/** Deaths in a row, without a finished batch between them, after which the pool gives up: its input kills every thread. */
const MAX_DEATHS = 3;

interface Model {
  readonly index: number;
  readonly spec: ModelSpec;
  readonly queues: Map<string, BatchQueue>;
}

/** Inference threads with warm sessions, and the queues of items for them. Sessions never live on the caller's thread. */
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

  /** False after `close`, and after giving up on threads that keep dying: nothing runs any more. */
  get usable(): boolean {
    return this.failure === null;
  }

  /** Loads a model into every thread and warms it up. @throws EARSIGHT_MODEL_FAILED */
  async load(spec: ModelSpec): Promise<LoadedModel> {
    this.checkOpen();
    const model: Model = { index: this.nextModel++, spec, queues: new Map() };
    this.models.set(model.index, model);
    const alive = this.threads.flatMap((thread) => (thread ? [thread] : []));
    try {
      const [report] = await Promise.all(alive.map((thread) => loadInto(thread, model)));
      if (!report) throw failed(spec.name, 'no inference thread is alive');
      return {
        report,
        run: (blocks, count, signal) => this.run(model, blocks, count, signal),
        unload: () => this.unload(model),
      };
    } catch (error) {
      // Other threads may have loaded it.
      this.unload(model);
      throw error;
    }
  }

  private unload({ index, queues }: Model): void {
    this.models.delete(index);
    for (const queue of queues.values()) {
      queue.rejectAll(new EarsightError('EARSIGHT_CANCELLED'));
      for (const wake of this.waiters.get(queue)?.splice(0) ?? []) wake();
      this.waiters.delete(queue);
    }
    for (const thread of this.threads) thread?.unload(index);
  }

  /** Measured since the threads were started, or since `restartMeter`. */
  speedOfLight(): SpeedOfLight {
    return this.meter.read();
  }

  /** Forgets what was measured so far: warm-up runs wait for sessions that are being created. */
  restartMeter(): void {
    this.meter = new SpeedOfLightMeter(this.threads.length);
  }

  /** Ends the threads. Waiting calls reject with EARSIGHT_CANCELLED. */
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
      // Cancelled while waiting: wake the next caller, because no batch of this call will do it.
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

  /** Back-pressure: frames stay with the caller until the queue has room. */
  private async waitForRoom(queue: BatchQueue): Promise<void> {
    while (!this.hasRoom(queue) && !this.failure)
      await new Promise<void>((resolve) => {
        const waiters = this.waiters.get(queue);
        if (waiters) waiters.push(resolve);
        else this.waiters.set(queue, [resolve]);
      });
  }

  private hasRoom(queue: BatchQueue): boolean {
    return queue.waiting < QUEUED_BATCHES * queue.maxBatch * this.threads.length;
  }

  private wakeWaiter(queue: BatchQueue): void {
    if (this.hasRoom(queue)) this.waiters.get(queue)?.shift()?.();
  }

  /** Sends batches to threads that can take one: full batches at once, others when their first item has waited enough. */
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

  /** The queue with the oldest full batch, or, if no batch is full, the one with the oldest item. */
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

  /** Starts the thread of this index, and starts another one whenever it dies. */
  private async start(index: number): Promise<void> {
    const { device, intraOpThreads } = this;
    const thread = new InferenceThread(this.entry, { device, intraOpThreads });
    void thread.ended.then((death) => this.onDeath(index, death));
    // Iterating over a map includes entries that are added meanwhile, so a model that is loaded during a restart is not missed.
    const loaded: Model[] = [];
    try {
      for (const model of this.models.values()) {
        loaded.push(model);
        await loadInto(thread, model);
      }
    } catch (error) {
      // If the thread died, `ended` reports it. If it lives, it must be closed, or it would outlast the pool.
      if (!thread.alive) return;
      this.fail(error instanceof EarsightError ? error : failed('a restarted thread', String(error)));
    }
    if (this.failure) await thread.close();
    else this.threads[index] = thread;
    for (const model of loaded) if (!this.models.has(model.index)) thread.unload(model.index);
    this.dispatch();
  }

  private onDeath(index: number, death: EarsightError): void {
    this.threads[index] = null;
    if (this.failure) return;
    if (++this.deathsInARow >= MAX_DEATHS) {
      this.fail(death);
      return;
    }
    void this.start(index);
  }

  private fail(error: EarsightError): void {
    this.failure ??= error;
    if (this.timer) clearTimeout(this.timer);
    for (const { queues } of this.models.values()) for (const queue of queues.values()) queue.rejectAll(error);
    for (const waiters of this.waiters.values()) for (const wake of waiters.splice(0)) wake();
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
