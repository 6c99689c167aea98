import { constants, getPriority, setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { entryUrl, processArguments } from '../../core/processes/entry.js';
import { tellBatch } from '../../models/runtime/batch-channel.js';
import type { Job, Step, StepControl, Work } from '../../queues/engine.js';
import { failureOf, failureText } from '../../core/failure-text.js';
import { emitDecode } from '../../stages/extract/decode/decode-events.js';
import { EarsightError } from '../../core/errors.js';
import type { MultiRunWorkOptions } from '../work/multi-run-work.js';
import { PendingRequests } from '../../core/processes/pending-requests.js';
import { SupervisedChild } from '../../core/processes/supervised-child.js';
import { DeathWatch } from './death-watch.js';
import { fromWorkProcessSchema, type FromWorkProcess, type ToWorkProcess, type WorkCall } from './work-messages.js';

/**
 * A call fails after this many processes have ended under it. A video that kills its process is quarantined after two
 * deaths, so this limit only applies to deaths that no video is blamed for.
 */
const MAX_PROCESS_ENDS = 5;
/** Delay before a new process is started, so that one that ends at once does not cause a busy loop. */
const RESTART_DELAY_MS = 500;
/** Time that the process has to stop its inference threads before it is killed. */
const CLOSE_TIMEOUT_MS = 5_000;

interface CallContext {
  readonly call: WorkCall;
  readonly signal: AbortSignal;
  readonly control: StepControl | null;
  /** Number of processes that ended while the call was pending. */
  ends: number;
}

/**
 * Runs the work of any run in a child process of lower priority, so that decoding neither delays nor crashes the server
 * in this process. When the child ends, a new one is started and the pending calls are sent again; a video that kills
 * it twice is quarantined.
 */
export class WorkProcess implements Work {
  private readonly calls = new PendingRequests<CallContext, readonly Step[]>();
  private child: SupervisedChild | null = null;
  private closing = false;

  constructor(private readonly options: MultiRunWorkOptions) {
    // Started now, so that it is ready by the first call.
    this.start();
  }

  async plan(job: Job, signal: AbortSignal): Promise<readonly Step[]> {
    return await this.call({ name: 'plan', job }, signal, null);
  }

  async execute(job: Job, step: Step, control: StepControl): Promise<void> {
    await this.call({ name: 'execute', job, step }, control.signal, control);
  }

  async finish(job: Job, error: unknown, signal: AbortSignal): Promise<void> {
    const failure = error === undefined ? null : failureText(error);
    await this.call({ name: 'finish', job, failure }, signal, null);
  }

  /** Must be called only when no work is in progress. */
  async close(): Promise<void> {
    this.closing = true;
    const { child } = this;
    if (child === null) return;
    this.send({ type: 'close' });
    await Promise.race([child.ended, sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
    child.process.kill('SIGKILL');
    await child.ended;
  }

  private async call(call: WorkCall, signal: AbortSignal, control: StepControl | null): Promise<readonly Step[]> {
    const abort = (id: number): void => {
      if (this.child === null) this.rejectAborted();
      else this.send({ type: 'abort', id });
    };
    return await this.calls.ask(
      { call, signal, control, ends: 0 },
      (id) => this.send({ type: 'call', id, call, aborted: signal.aborted }),
      { signal, send: abort },
    );
  }

  private start(): void {
    const { device, offline } = this.options;
    const entry = entryUrl('./work-process-entry', import.meta.url);
    const args = [...processArguments(entry), JSON.stringify({ device, offline })];
    const watch = new DeathWatch();
    const child = new SupervisedChild(args, process.env, (message) => {
      if (!watch.handleMessage(message)) this.handleMessage(message);
    });
    this.child = child;
    // Set before the process starts its threads and decoders, because they inherit the priority.
    const { PRIORITY_BELOW_NORMAL: below, PRIORITY_LOW: lowest } = constants.priority;
    if (child.process.pid !== undefined) setPriority(child.process.pid, Math.min(getPriority() + below, lowest));
    void this.restartWhenEnded(child, watch);
  }

  private async restartWhenEnded(child: SupervisedChild, watch: DeathWatch): Promise<void> {
    // A process that could not be started counts as ended as well.
    const ending = await child.ended.catch(() => ({ code: 1, signal: null }));
    this.child = null;
    this.rejectAborted();
    if (this.closing) return;
    process.stderr.write(`the process that works ended by ${ending.signal ?? `exit code ${ending.code}`}\n`);
    await watch.recordIfAtFault(child, ending);
    await sleep(RESTART_DELAY_MS);
    this.restart();
  }

  /**
   * Rejects aborted calls while there is no process that could stop them. A `finish` is kept: the next process must
   * clean up after the job.
   */
  private rejectAborted(): void {
    for (const { context, reject } of this.calls.all())
      if (context.signal.aborted && context.call.name !== 'finish') reject(new EarsightError('EARSIGHT_CANCELLED'));
  }

  private restart(): void {
    for (const { context, reject } of this.calls.all()) {
      context.ends += 1;
      if (context.ends >= MAX_PROCESS_ENDS) reject(new EarsightError('EARSIGHT_WORKER_ENDED', { times: context.ends }));
    }
    if (this.closing) return;
    this.start();
    for (const { id, context } of this.calls.all()) {
      const { call, signal, ends } = context;
      if (ends < MAX_PROCESS_ENDS) this.send({ type: 'call', id, call, aborted: signal.aborted });
    }
  }

  /** A call that cannot be sent now is sent when the next process starts. */
  private send(message: ToWorkProcess): void {
    if (this.child?.process.connected === true) this.child.process.send(message, () => undefined);
  }

  private handleMessage(message: unknown): void {
    const parsed = fromWorkProcessSchema.safeParse(message);
    if (parsed.success) this.dispatch(parsed.data);
  }

  private dispatch(message: FromWorkProcess): void {
    switch (message.type) {
      case 'answer':
        this.calls.get(message.id)?.resolve(message.steps);
        break;
      case 'failure':
        this.calls.get(message.id)?.reject(failureOf(message.text));
        break;
      case 'progress':
        this.calls.get(message.id)?.context.control?.progress(message.fraction);
        break;
      case 'warning':
        this.calls.get(message.id)?.context.control?.warn(message.warning);
        break;
      case 'device':
        this.options.onDevice(message.device);
        break;
      case 'decode':
        emitDecode({ frames: message.frames });
        break;
      case 'batch':
        tellBatch(message);
        break;
    }
  }
}
