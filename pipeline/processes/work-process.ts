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

/** A video that ends its process is in quarantine after two; ends that no video is blamed for are tried so often. */
const MOST_ENDS = 5;
/** A process that ends at once must not be started as fast as that. */
const RESTART_MS = 500;
/** Of the networks' threads, when all work is done. */
const CLOSE_LIMIT_MS = 5_000;

interface CallContext {
  readonly call: WorkCall;
  readonly signal: AbortSignal;
  readonly control: StepControl | null;
  /** Number of processes that ended while they worked on the call. */
  ends: number;
}

/**
 * The work of any run in a process of its own, which gives way to this one: whoever answers requests is not late for a
 * decoder's sake, and does not end with it. When the process ends, what it was asked for is asked again of the next one,
 * and a video that ends it twice is in quarantine.
 */
export class WorkProcess implements Work {
  private readonly calls = new PendingRequests<CallContext, readonly Step[]>();
  private child: SupervisedChild | null = null;
  private closing = false;

  constructor(private readonly options: MultiRunWorkOptions) {
    // Not at the first call: by then it is ready.
    this.start();
  }

  async plan(job: Job, signal: AbortSignal): Promise<readonly Step[]> {
    return await this.ask({ name: 'plan', job }, signal, null);
  }

  async execute(job: Job, step: Step, control: StepControl): Promise<void> {
    await this.ask({ name: 'execute', job, step }, control.signal, control);
  }

  async finish(job: Job, error: unknown, signal: AbortSignal): Promise<void> {
    const failure = error === undefined ? null : failureText(error);
    await this.ask({ name: 'finish', job, failure }, signal, null);
  }

  /** Call it when no work is under way. */
  async close(): Promise<void> {
    this.closing = true;
    const { child } = this;
    if (child === null) return;
    this.send({ type: 'close' });
    await Promise.race([child.ended, sleep(CLOSE_LIMIT_MS, undefined, { ref: false })]);
    child.process.kill('SIGKILL');
    await child.ended;
  }

  private async ask(call: WorkCall, signal: AbortSignal, control: StepControl | null): Promise<readonly Step[]> {
    const abort = (id: number): void => {
      if (this.child === null) this.dropAborted();
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
      if (!watch.take(message)) this.take(message);
    });
    this.child = child;
    // Before it has started its threads, which inherit it, as its decoders do.
    const { PRIORITY_BELOW_NORMAL: below, PRIORITY_LOW: lowest } = constants.priority;
    if (child.process.pid !== undefined) setPriority(child.process.pid, Math.min(getPriority() + below, lowest));
    void this.follow(child, watch);
  }

  private async follow(child: SupervisedChild, watch: DeathWatch): Promise<void> {
    // One that could not be started has ended as well.
    const ending = await child.ended.catch(() => ({ code: 1, signal: null }));
    this.child = null;
    this.dropAborted();
    if (this.closing) return;
    process.stderr.write(`the process that works ended by ${ending.signal ?? `exit code ${ending.code}`}\n`);
    await watch.judge(child, ending);
    await sleep(RESTART_MS);
    this.startAgain();
  }

  /** Between two processes there is nothing to stop; what is left of a job is cleaned up by the next one. */
  private dropAborted(): void {
    for (const { context, reject } of this.calls.all())
      if (context.signal.aborted && context.call.name !== 'finish') reject(new EarsightError('EARSIGHT_CANCELLED'));
  }

  private startAgain(): void {
    for (const { context, reject } of this.calls.all()) {
      context.ends += 1;
      if (context.ends >= MOST_ENDS) reject(new EarsightError('EARSIGHT_WORKER_ENDED', { times: context.ends }));
    }
    if (this.closing) return;
    this.start();
    for (const { id, context } of this.calls.all()) {
      const { call, signal, ends } = context;
      if (ends < MOST_ENDS) this.send({ type: 'call', id, call, aborted: signal.aborted });
    }
  }

  /** What cannot be sent now is sent when the next process starts. */
  private send(message: ToWorkProcess): void {
    if (this.child?.process.connected === true) this.child.process.send(message, () => undefined);
  }

  private take(message: unknown): void {
    const parsed = fromWorkProcessSchema.safeParse(message);
    if (parsed.success) this.tell(parsed.data);
  }

  private tell(message: FromWorkProcess): void {
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
        this.calls.get(message.id)?.context.control?.warn(message.message);
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
