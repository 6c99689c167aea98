import type { Worker } from 'node:worker_threads';
import { EarsightError } from '../../core/errors.js';
import type { Device } from '../runtime/devices.js';
import { endBetweenCalls, newEnding } from '../runtime/end-between-calls.js';
import { entryUrl, startThread } from '../../core/processes/entry.js';
import type { Batch } from './data.js';
import type { State, StepModels } from './step-models.js';
import type { FromStepThread, StepRequest, StepSetup } from './step-protocol.js';

/** A step of a large network takes seconds, its sessions some more to be made: a thread that is not gone by then hangs. */
const END_LIMIT_MS = 60_000;

interface Waiting {
  readonly resolve: (answer: FromStepThread) => void;
  readonly reject: (error: Error) => void;
}

export interface StepDevice {
  readonly device: Device;
  readonly threads: number;
  /** The arrays that the step's model was planned with. */
  readonly resident?: Batch;
}

/** The near side of a training thread. Requests are answered in order; all reject when the thread dies. */
export class StepThread {
  readonly #worker: Worker;
  readonly #waiting: Waiting[] = [];
  readonly #ending = newEnding();
  readonly #gone: Promise<unknown>;
  #death: EarsightError | undefined;

  private constructor(setup: Omit<StepSetup, 'ending'>) {
    const whole: StepSetup = { ...setup, ending: this.#ending };
    this.#worker = startThread(entryUrl('./step-worker', import.meta.url), whole);
    this.#gone = new Promise((resolve) => this.#worker.on('exit', resolve));
    this.#worker.on('message', (answer: FromStepThread) => this.#waiting.shift()?.resolve(answer));
    this.#worker.on('error', (cause: unknown) => this.#die(cause));
    this.#worker.on('exit', (code) => this.#die(new Error(`the training thread ended with ${code}`)));
  }

  /** Opens the sessions; the state is the network's first one unless another is given. */
  static async start(
    models: StepModels,
    { device, threads, resident = {} }: StepDevice,
    state: State = models.first,
  ): Promise<StepThread> {
    const { step, place, evaluate, read, stateNames } = models;
    const sessions = { step, place, evaluate, read, stateNames };
    const thread = new StepThread({ device, intraOpThreads: threads, ...sessions, resident, state });
    await new Promise<FromStepThread>((resolve, reject) => thread.#waiting.push({ resolve, reject }));
    return thread;
  }

  /** One optimiser step; the loss, the gradient's norm. A step whose numbers are not finite leaves the state alone. */
  async step(batch: Batch, schedule: Float32Array): Promise<Readonly<Record<string, number>>> {
    return this.#scalars({ type: 'step', batch, schedule });
  }

  /** Loss and metrics of a batch with the present parameters. */
  async evaluate(batch: Batch): Promise<Readonly<Record<string, number>>> {
    return this.#scalars({ type: 'evaluate', batch });
  }

  async read(): Promise<State> {
    const answer = await this.#ask({ type: 'read' });
    return answer.type === 'state' ? answer.state : {};
  }

  /** Replaces the named parts of the state. */
  async write(state: State): Promise<void> {
    await this.#ask({ type: 'write', state });
  }

  /** Ends the thread after the call of the runtime it is in, if any; whatever else was asked is not begun. */
  async close(): Promise<void> {
    await endBetweenCalls(this.#worker, this.#ending, this.#gone, END_LIMIT_MS);
  }

  async #scalars(request: StepRequest): Promise<Readonly<Record<string, number>>> {
    const answer = await this.#ask(request);
    return answer.type === 'scalars' ? answer.scalars : {};
  }

  async #ask(request: StepRequest): Promise<FromStepThread> {
    const answer = await new Promise<FromStepThread>((resolve, reject) => {
      if (this.#death) {
        reject(this.#death);
        return;
      }
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(request);
    });
    if (answer.type === 'failed') throw refused(answer.reason);
    return answer;
  }

  #die(cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.#death ??= new EarsightError('EARSIGHT_MODEL_FAILED', { model: 'being trained', reason }, { cause });
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#death);
  }
}

/** The worker's own words and onnxruntime's for feeds that do not fit the graph. */
const MISFIT =
  /which does not fit|invalid dimensions|Invalid rank|Got: |Unexpected input data type|is missing in 'feeds'|broadcast/i;

function refused(reason: string): EarsightError {
  if (MISFIT.test(reason)) return new EarsightError('EARSIGHT_TRAIN_DATA', { reason });
  return new EarsightError('EARSIGHT_MODEL_FAILED', { model: 'being trained', reason });
}
