import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { entryUrl, processArguments } from '../../../core/processes/entry.js';
import { failureOf } from '../../../core/failure-text.js';
import { emitDecode } from '../decode/decode-events.js';
import type { ExtractParams } from '../params.js';
import { extractStage } from '../extract-stage.js';
import type { Stage, StageContext } from '../../../core/stage.js';
import { fromExtractProcessSchema, type FromExtractProcess, type ToExtractProcess } from './messages.js';
import { ProcessEnded } from '../../../core/processes/process-ended.js';
import { PendingRequests } from '../../../core/processes/pending-requests.js';
import { SupervisedChild } from '../../../core/processes/supervised-child.js';

/** How long an idle process stays alive. The videos of a folder follow each other faster than this. */
const IDLE_MS = 10_000;

type Context = StageContext<ExtractParams, unknown, never>;

interface Call {
  readonly context: Context;
  readonly child: SupervisedChild;
}

/**
 * Runs the extract stage, which starts ffmpeg and measures every frame, in a small process of its own. Node forks to start
 * a program, and a fork marks every page of memory. In a process that has loaded networks this takes 10 to 40 ms of the
 * calling thread, and as much again of every thread that then writes to its pages
 * (docs/decisions/0055-extract-process.md).
 */
class ExtractProcess {
  private readonly calls = new PendingRequests<Call, undefined>();
  private child: SupervisedChild | null = null;
  private idleTimer: NodeJS.Timeout | undefined;

  /** @throws ProcessEnded when the process ends, and what the stage throws */
  async run(context: Context): Promise<void> {
    const { source, params, folder, signal } = context;
    const file = await context.sourceFile();
    const child = this.ensureStarted();
    try {
      await this.calls.ask(
        { context, child },
        (id) => send(child, { type: 'extract', id, source, file, params, folder, aborted: signal.aborted }),
        { signal, send: (id) => send(child, { type: 'abort', id }) },
      );
    } finally {
      if (this.calls.size === 0) this.endWhenIdle(child);
    }
  }

  /** Ends the process unless a video is being extracted. */
  async end(): Promise<void> {
    const { child } = this;
    if (child === null || this.calls.size > 0) return;
    this.child = null;
    clearTimeout(this.idleTimer);
    // A process that is no longer connected has ended, or ends by itself.
    if (!child.process.connected) return;
    setKeepsAlive(child, true);
    // Node emits no `close` for a child that it disconnected from.
    const ended = once(child.process, 'exit');
    child.process.disconnect();
    await ended;
  }

  private ensureStarted(): SupervisedChild {
    clearTimeout(this.idleTimer);
    // The exit of a process may not have been noticed yet.
    if (this.child?.process.connected !== true) this.child = this.start();
    setKeepsAlive(this.child, true);
    return this.child;
  }

  private start(): SupervisedChild {
    const args = processArguments(entryUrl('./extract-process-entry', import.meta.url));
    const child = new SupervisedChild(args, process.env, (message) => {
      const parsed = fromExtractProcessSchema.safeParse(message);
      if (parsed.success) this.handleMessage(parsed.data);
    });
    void this.rejectOnExit(child);
    return child;
  }

  private async rejectOnExit(child: SupervisedChild): Promise<void> {
    // A process that could not be started counts as ended.
    const ending = await child.ended.catch(() => ({ code: 1, signal: null }));
    if (this.child === child) this.child = null;
    const lost = this.calls.all().filter(({ context }) => context.child === child);
    if (lost.length === 0) return;
    const ownFault = await child.isAtFault(ending);
    for (const { reject } of lost)
      reject(new ProcessEnded({ ending, ownFault, stderr: child.lastLines, others: lost.length - 1 }));
  }

  /** An idle process must not keep this process alive; it ends after a while. */
  private endWhenIdle(child: SupervisedChild): void {
    setKeepsAlive(child, false);
    this.idleTimer = setTimeout(() => void this.end(), IDLE_MS);
    this.idleTimer.unref();
  }

  private handleMessage(message: FromExtractProcess): void {
    if (message.type === 'decode') {
      emitDecode({ frames: message.frames });
      return;
    }
    const call = this.calls.get(message.id);
    if (message.type === 'done') call?.resolve(undefined);
    else if (message.type === 'failure') call?.reject(failureOf(message.text));
    else if (message.type === 'progress') call?.context.context.progress(message.fraction);
    else call?.context.context.warn(message.warning);
  }
}

function send({ process: child }: SupervisedChild, message: ToExtractProcess): void {
  // If the process has just ended, `rejectOnExit` rejects its calls.
  if (child.connected) child.send(message, () => undefined);
}

/** Sets whether the child keeps this process alive. */
function setKeepsAlive({ process: child }: SupervisedChild, keepsAlive: boolean): void {
  for (const handle of [child, child.channel, child.stderr as Socket | null])
    if (keepsAlive) handle?.ref();
    else handle?.unref();
}

const shared = new ExtractProcess();

/**
 * `extractStage`, run in the extract process. When that process ends while it extracts several videos, each of them is
 * extracted once more in a process of its own.
 */
export const extractInProcess: Stage<ExtractParams, unknown, never> = {
  ...extractStage,
  async run(context) {
    try {
      await shared.run(context);
    } catch (error) {
      if (!(error instanceof ProcessEnded) || error.end.others === 0) throw error;
      for (const name of await readdir(context.folder)) await rm(join(context.folder, name), { recursive: true });
      const separate = new ExtractProcess();
      await separate.run(context).finally(async () => await separate.end());
    }
  },
};

/** Ends the extract process, unless another run still uses it. */
export async function endExtractProcess(): Promise<void> {
  await shared.end();
}
