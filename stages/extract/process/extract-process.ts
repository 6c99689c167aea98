import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { entryUrl, processArguments } from '../../../core/processes/entry.js';
import { failureOf } from '../../../core/failure-text.js';
import { tellDecode } from '../decode-channel.js';
import type { ExtractParams } from '../params.js';
import { extractStage } from '../extract-stage.js';
import type { Stage, StageContext } from '../../../core/stage.js';
import { fromExtractProcessSchema, type FromExtractProcess, type ToExtractProcess } from './messages.js';
import { ProcessEnded } from '../../../core/processes/process-ended.js';
import { PendingRequests } from '../../../core/processes/pending-requests.js';
import { SupervisedChild } from '../../../core/processes/supervised-child.js';

/** A process without work ends after so long; a folder of videos never lets it wait as long. */
const IDLE_MS = 10_000;

type Context = StageContext<ExtractParams, unknown, never>;

interface Call {
  readonly context: Context;
  readonly child: SupervisedChild;
}

/**
 * The extract stage, which starts ffmpeg and measures every frame, in a small process of its own. To start a program
 * Node forks, and a fork marks every page of memory: in a process with networks in it that costs its thread 10 to 40 ms,
 * and as much again every thread that then writes to its pages (docs/decisions/0055-extract-process.md).
 */
class ExtractProcess {
  private readonly calls = new PendingRequests<Call, undefined>();
  private child: SupervisedChild | null = null;
  private idle: NodeJS.Timeout | undefined;

  /** @throws ProcessEnded when the process ends, and whatever the stage throws. */
  async run(context: Context): Promise<void> {
    const { source, params, folder, signal } = context;
    const file = await context.sourceFile();
    const child = this.started();
    try {
      await this.calls.ask(
        { context, child },
        (id) => send(child, { type: 'extract', id, source, file, params, folder, aborted: signal.aborted }),
        { signal, send: (id) => send(child, { type: 'abort', id }) },
      );
    } finally {
      if (this.calls.size === 0) this.rest(child);
    }
  }

  /** Ends the process unless somebody needs it. */
  async end(): Promise<void> {
    const { child } = this;
    if (child === null || this.calls.size > 0) return;
    this.child = null;
    clearTimeout(this.idle);
    // One that is no longer connected ends, or has ended, by itself.
    if (!child.process.connected) return;
    hold(child, true);
    // Node tells no `close` of a child that it disconnects from.
    const ended = once(child.process, 'exit');
    child.process.disconnect();
    await ended;
  }

  private started(): SupervisedChild {
    clearTimeout(this.idle);
    // One that has ended may not have been noticed yet.
    if (this.child?.process.connected !== true) this.child = this.start();
    hold(this.child, true);
    return this.child;
  }

  private start(): SupervisedChild {
    const args = processArguments(entryUrl('./extract-process-entry', import.meta.url));
    const child = new SupervisedChild(args, process.env, (message) => {
      const parsed = fromExtractProcessSchema.safeParse(message);
      if (parsed.success) this.take(parsed.data);
    });
    void this.follow(child);
    return child;
  }

  private async follow(child: SupervisedChild): Promise<void> {
    // One that could not be started has ended as well.
    const ending = await child.ended.catch(() => ({ code: 1, signal: null }));
    if (this.child === child) this.child = null;
    const lost = this.calls.all().filter(({ context }) => context.child === child);
    if (lost.length === 0) return;
    const ownFault = await child.isAtFault(ending);
    for (const { reject } of lost)
      reject(new ProcessEnded({ ending, ownFault, stderr: child.lastLines, others: lost.length - 1 }));
  }

  /** One that has nothing to do keeps nobody from ending. */
  private rest(child: SupervisedChild): void {
    hold(child, false);
    this.idle = setTimeout(() => void this.end(), IDLE_MS);
    this.idle.unref();
  }

  private take(message: FromExtractProcess): void {
    if (message.type === 'decode') {
      tellDecode({ frames: message.frames });
      return;
    }
    const call = this.calls.get(message.id);
    if (message.type === 'done') call?.resolve(undefined);
    else if (message.type === 'failure') call?.reject(failureOf(message.text));
    else if (message.type === 'progress') call?.context.context.progress(message.fraction);
    else call?.context.context.warn(message.message);
  }
}

function send({ process: child }: SupervisedChild, message: ToExtractProcess): void {
  // One that has just ended rejects its calls by that.
  if (child.connected) child.send(message, () => undefined);
}

/** Whether this process waits for the child before it ends. */
function hold({ process: child }: SupervisedChild, waits: boolean): void {
  for (const held of [child, child.channel, child.stderr as Socket | null])
    if (waits) held?.ref();
    else held?.unref();
}

const shared = new ExtractProcess();

/** `extractStage`, but for where it runs. A video whose process ended among others has one more to itself. */
export const extractInProcess: Stage<ExtractParams, unknown, never> = {
  ...extractStage,
  async run(context) {
    try {
      await shared.run(context);
    } catch (error) {
      if (!(error instanceof ProcessEnded) || error.end.others === 0) throw error;
      for (const name of await readdir(context.folder)) await rm(join(context.folder, name), { recursive: true });
      const own = new ExtractProcess();
      await own.run(context).finally(async () => await own.end());
    }
  },
};

/** Leaves no process behind, unless another run needs it. */
export async function endExtractProcess(): Promise<void> {
  await shared.end();
}
