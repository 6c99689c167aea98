import type { Worker } from 'node:worker_threads';
import { EarsightError } from '../../core/errors.js';
import type { Batch } from './batch-queue.js';
import { endBetweenCalls, newEnding } from './end-between-calls.js';
import { startThread } from '../../core/processes/entry.js';
import type { ModelReport, ModelSpec, Result } from './model-spec.js';
import type { BatchTimes, FromThread, ThreadSetup, ToThread } from './thread-protocol.js';

export interface Outcome {
  readonly results: readonly Result[];
  readonly times: BatchTimes;
  readonly buffers: readonly ArrayBuffer[];
}

/** The network refused a batch: the thread lives on, and the batch's buffers came back. */
export class RefusedBatch extends Error {
  override readonly name = 'RefusedBatch';
  constructor(
    reason: string,
    readonly buffers: readonly ArrayBuffer[],
  ) {
    super(reason);
  }
}

interface Waiting<Value> {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

/** A call of the runtime takes a second at most, a session of a large network some to be made: this one hangs. */
const END_LIMIT_MS = 30_000;

/** The near side of one inference thread: requests in, promises out. All of them reject when the thread dies. */
export class InferenceThread {
  private readonly worker: Worker;
  private readonly loads = new Map<number, Waiting<ModelReport>>();
  private readonly runs = new Map<number, Waiting<Outcome>>();
  private readonly ending = newEnding();
  private nextBatch = 0;
  private death: EarsightError | null = null;
  /** Settles when the thread is gone, whatever the reason. */
  readonly gone: Promise<EarsightError>;

  constructor(entry: URL, setup: Omit<ThreadSetup, 'ending'>) {
    this.worker = startThread(entry, { ...setup, ending: this.ending } satisfies ThreadSetup);
    this.worker.on('message', (message: FromThread) => this.receive(message));
    this.gone = new Promise((resolve) => {
      let cause: unknown = null;
      this.worker.on('error', (error: unknown) => (cause = error));
      this.worker.on('exit', (code) => {
        this.death = deathOf(cause, code);
        for (const waiting of [...this.loads.values(), ...this.runs.values()]) waiting.reject(this.death);
        this.loads.clear();
        this.runs.clear();
        resolve(this.death);
      });
    });
  }

  /** Batches sent and not answered. */
  get inFlight(): number {
    return this.runs.size;
  }

  get alive(): boolean {
    return this.death === null;
  }

  load(model: number, spec: ModelSpec): Promise<ModelReport> {
    return new Promise((resolve, reject) => {
      this.loads.set(model, { resolve, reject });
      this.send({ type: 'load', model, spec });
    });
  }

  /** @throws RefusedBatch when the network throws, EarsightError when the thread is lost. */
  run(model: number, batch: Batch): Promise<Outcome> {
    const { count, blocks } = batch;
    return new Promise((resolve, reject) => {
      const id = this.nextBatch++;
      this.runs.set(id, { resolve, reject });
      this.send(
        { type: 'run', batch: id, model, count, blocks },
        blocks.map((block) => block.buffer),
      );
    });
  }

  /** After what was sent before. */
  unload(model: number): void {
    this.send({ type: 'unload', model });
  }

  /** Ends the thread after the call of the runtime it is in, if any; whatever else was sent is not begun. */
  async end(): Promise<void> {
    await endBetweenCalls(this.worker, this.ending, this.gone, END_LIMIT_MS);
  }

  private send(message: ToThread, transfer: readonly ArrayBuffer[] = []): void {
    if (!this.death) {
      this.worker.postMessage(message, [...transfer]);
      return;
    }
    for (const waiting of [...this.loads.values(), ...this.runs.values()]) waiting.reject(this.death);
    this.loads.clear();
    this.runs.clear();
  }

  private receive(message: FromThread): void {
    switch (message.type) {
      case 'loaded':
        take(this.loads, message.model)?.resolve(message.report);
        return;
      case 'load-failed':
        take(this.loads, message.model)?.reject(new Error(message.reason));
        return;
      case 'done':
        take(this.runs, message.batch)?.resolve(message);
        return;
      case 'failed':
        take(this.runs, message.batch)?.reject(new RefusedBatch(message.reason, message.buffers));
    }
  }
}

function take<Value>(map: Map<number, Value>, key: number): Value | undefined {
  const value = map.get(key);
  map.delete(key);
  return value;
}

function deathOf(cause: unknown, exitCode: number): EarsightError {
  const code = cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined;
  if (code === 'ERR_WORKER_OUT_OF_MEMORY')
    return new EarsightError('EARSIGHT_MODEL_MEMORY', { model: 'an inference thread' }, { cause });
  const reason = cause instanceof Error ? cause.message : `the inference thread ended with ${exitCode}`;
  return new EarsightError('EARSIGHT_MODEL_FAILED', { model: 'in flight', reason }, { cause });
}
