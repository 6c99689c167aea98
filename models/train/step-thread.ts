import { EarsightError } from '../../core/errors.js';
import { entryUrl } from '../../core/processes/entry.js';
import { ThreadClient } from '../../core/processes/thread-client.js';
import type { Device } from '../runtime/devices.js';
import type { Batch } from './data.js';
import type { State, StepModels } from './step-models.js';
import type { FromStepThread, StepRequest, StepSetup } from './step-protocol.js';

/** A step of a large network takes seconds, and making its sessions some more: a thread that takes longer hangs. */
const CLOSE_LIMIT_MS = 60_000;

export interface StepDevice {
  readonly device: Device;
  readonly threads: number;
  /** The arrays that the step's model was planned with. */
  readonly resident?: Batch;
}

/** The parent's side of a training thread. All waiting requests reject when the thread ends. */
export class StepThread {
  private readonly client: ThreadClient<StepRequest, FromStepThread>;

  private constructor(setup: StepSetup) {
    this.client = new ThreadClient(entryUrl('./step-worker', import.meta.url), setup, {
      failed: ({ reason }) => failureOf(reason),
      died: (cause, exitCode) => deathOf(cause ?? new Error(`the training thread ended with ${exitCode}`)),
    });
  }

  /** Opens the sessions. The state is the network's initial one unless another is given. */
  static async start(
    models: StepModels,
    { device, threads, resident = {} }: StepDevice,
    state: State = models.first,
  ): Promise<StepThread> {
    const { step, place, evaluate, read, stateNames } = models;
    const sessions = { step, place, evaluate, read, stateNames };
    const thread = new StepThread({ device, intraOpThreads: threads, ...sessions, resident, state });
    await thread.client.ask('ready', { type: 'open' });
    return thread;
  }

  /**
   * Takes one optimiser step and returns the loss and the norm of the gradient. A step whose numbers are not finite
   * leaves the state alone.
   */
  async step(batch: Batch, schedule: Float32Array): Promise<Readonly<Record<string, number>>> {
    const { scalars } = await this.client.ask('scalars', { type: 'step', batch, schedule });
    return scalars;
  }

  /** Returns the loss and the metrics of a batch with the present parameters. */
  async evaluate(batch: Batch): Promise<Readonly<Record<string, number>>> {
    const { scalars } = await this.client.ask('scalars', { type: 'evaluate', batch });
    return scalars;
  }

  async read(): Promise<State> {
    const { state } = await this.client.ask('state', { type: 'read' });
    return state;
  }

  /** Replaces the named parts of the state. */
  async write(state: State): Promise<void> {
    await this.client.ask('state', { type: 'write', state });
  }

  /** Ends the thread after the request that it is working on; later ones are not begun. */
  async close(): Promise<void> {
    await this.client.close(CLOSE_LIMIT_MS);
  }
}

function deathOf(cause: unknown): EarsightError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new EarsightError('EARSIGHT_MODEL_FAILED', { model: 'being trained', reason }, { cause });
}

/** Texts of the worker, and of ONNX Runtime, for feeds that do not fit the graph. */
const MISFIT =
  /which does not fit|invalid dimensions|Invalid rank|Got: |Unexpected input data type|is missing in 'feeds'|broadcast/i;

function failureOf(reason: string): EarsightError {
  if (MISFIT.test(reason)) return new EarsightError('EARSIGHT_TRAIN_DATA', { reason });
  return new EarsightError('EARSIGHT_MODEL_FAILED', { model: 'being trained', reason });
}
