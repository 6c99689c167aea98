import { EarsightError } from '../../core/errors.js';
import { ThreadClient } from '../../core/processes/thread-client.js';
import type { Batch } from './batch-queue.js';
import type { ModelReport, ModelSpec } from './model-spec.js';
import type { BatchDone, FromThread, ThreadSetup, ToThread } from './thread-protocol.js';

/** A network did not load, or refused a batch. The thread lives on, and the batch's buffers came back. */
export class FailedRequest extends Error {
  override readonly name = 'FailedRequest';
  constructor(
    reason: string,
    readonly buffers: readonly ArrayBuffer[],
  ) {
    super(reason);
  }
}

/** A call of the runtime takes a second at most, and making a session of a large network some seconds: this one hangs. */
const CLOSE_LIMIT_MS = 30_000;

/** The parent's side of one inference thread. */
export class InferenceThread {
  private readonly client: ThreadClient<ToThread, FromThread>;
  private runs = 0;

  constructor(entry: URL, setup: ThreadSetup) {
    this.client = new ThreadClient(entry, setup, {
      failed: ({ reason, buffers }) => new FailedRequest(reason, buffers),
      died: deathOf,
    });
  }

  /** Resolves with the error of the waiting requests once the thread has ended, for whatever reason. */
  get ended(): Promise<EarsightError> {
    return this.client.ended;
  }

  /** Number of batches that were sent and are not answered yet. */
  get inFlight(): number {
    return this.runs;
  }

  get alive(): boolean {
    return this.client.alive;
  }

  /** @throws FailedRequest when the network does not load, EarsightError when the thread ends. */
  async load(model: number, spec: ModelSpec): Promise<ModelReport> {
    const { report } = await this.client.ask('loaded', { type: 'load', model, spec });
    return report;
  }

  /** @throws FailedRequest when the network throws, EarsightError when the thread ends. */
  async run(model: number, { count, blocks }: Batch): Promise<BatchDone> {
    this.runs += 1;
    try {
      const buffers = blocks.map(({ buffer }) => buffer);
      return await this.client.ask('done', { type: 'run', model, count, blocks }, buffers);
    } finally {
      this.runs -= 1;
    }
  }

  /** Takes effect after the requests that were sent before. */
  unload(model: number): void {
    this.client.tell({ type: 'unload', model });
  }

  /** Ends the thread after the request that it is working on; later ones are not begun. */
  async close(): Promise<void> {
    await this.client.close(CLOSE_LIMIT_MS);
  }
}

function deathOf(cause: unknown, exitCode: number): EarsightError {
  const code = cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined;
  if (code === 'ERR_WORKER_OUT_OF_MEMORY')
    return new EarsightError('EARSIGHT_MODEL_MEMORY', { model: 'an inference thread' }, { cause });
  const reason = cause instanceof Error ? cause.message : `the inference thread ended with ${exitCode}`;
  return new EarsightError('EARSIGHT_MODEL_FAILED', { model: 'in flight', reason }, { cause });
}
