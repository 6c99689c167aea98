import type { Worker } from 'node:worker_threads';
import { EarsightError } from '../errors.js';
import { startThread } from './entry.js';
import { PendingRequests } from './pending-requests.js';

/** What a thread posts: the answer to the request of that id. `failed` answers become errors of the request. */
export interface ThreadAnswer {
  readonly type: string;
  readonly id: number;
}

/** A request as the thread receives it. */
export type WithId<Request> = Request & { readonly id: number };

/** Part of the start-up data of a thread. Shared memory: 1 once the thread must not begin another request. */
export interface StopFlag {
  readonly stopFlag: Int32Array;
}

/** The errors with which a client rejects its requests. */
export interface ThreadErrors<Answer extends ThreadAnswer> {
  /** For a request that failed in the thread, which lives on. */
  readonly failed: (answer: Extract<Answer, { type: 'failed' }>) => Error;
  /**
   * For every request that waits when the thread ends, and for every later one.
   * @param cause what the thread threw; null when it exited by itself
   */
  readonly died: (cause: unknown, exitCode: number) => EarsightError;
}

/**
 * The parent's side of a worker thread: it starts the thread, sends it requests, and matches the answers by id. All
 * waiting requests reject when the thread ends.
 */
export class ThreadClient<Request extends object, Answer extends ThreadAnswer> {
  /** Resolves with the error of the waiting requests once the thread has ended, for whatever reason. */
  readonly ended: Promise<EarsightError>;
  private readonly worker: Worker;
  private readonly requests = new PendingRequests<undefined, Answer>();
  private readonly stopFlag = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  private death: EarsightError | null = null;

  /** @param entry of `entryUrl`. @param setup what the thread reads from `workerData`, beside the `StopFlag`. */
  constructor(
    entry: URL,
    setup: object,
    private readonly errors: ThreadErrors<Answer>,
  ) {
    this.worker = startThread(entry, { ...setup, stopFlag: this.stopFlag } satisfies StopFlag);
    this.worker.on('message', (answer: Answer) => this.receive(answer));
    this.ended = new Promise((resolve) => {
      let cause: unknown = null;
      this.worker.on('error', (error: unknown) => (cause = error));
      this.worker.on('exit', (exitCode) => {
        this.death = errors.died(cause, exitCode);
        this.requests.rejectAll(this.death);
        resolve(this.death);
      });
    });
  }

  get alive(): boolean {
    return this.death === null;
  }

  /**
   * Sends a request and waits for its answer.
   * @param expected the type of the answer. @param transfer buffers that move to the thread.
   * @throws the errors of `ThreadErrors`
   */
  async ask<Type extends Answer['type']>(
    expected: Type,
    request: Request,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<Extract<Answer, { type: Type }>> {
    const answer = await this.requests.ask(undefined, (id) => {
      if (this.death !== null) throw this.death;
      this.worker.postMessage({ ...request, id } satisfies WithId<Request>, [...transfer]);
    });
    if (isOf(answer, expected)) return answer;
    throw new EarsightError('EARSIGHT_BUG', { reason: `a thread answered ${answer.type} in place of ${expected}` });
  }

  /** Sends a message that has no answer. */
  tell(message: Request): void {
    if (this.death === null) this.worker.postMessage(message);
  }

  /**
   * Ends the thread after the request that it is working on; later ones are not begun. A thread that is terminated
   * inside a call of ONNX Runtime takes the whole process down.
   * @param limitMs a thread that has not ended by then hangs, and is terminated nevertheless
   */
  async close(limitMs: number): Promise<void> {
    Atomics.store(this.stopFlag, 0, 1);
    // Wakes a thread that waits for a message, so that it reads the flag.
    this.worker.postMessage({ type: 'stop' });
    const timer = setTimeout(() => void this.worker.terminate(), limitMs);
    await this.ended;
    clearTimeout(timer);
  }

  private receive(answer: Answer): void {
    const request = this.requests.get(answer.id);
    if (isOf(answer, 'failed')) request?.reject(this.errors.failed(answer));
    else request?.resolve(answer);
  }
}

function isOf<Answer extends ThreadAnswer, Type extends string>(
  answer: Answer,
  type: Type,
): answer is Extract<Answer, { type: Type }> {
  return answer.type === type;
}

/** In the thread, before it begins each request: exits when the parent has called `close`. */
export function exitIfStopped({ stopFlag }: StopFlag): void {
  if (Atomics.load(stopFlag, 0) === 1) process.exit(0);
}
