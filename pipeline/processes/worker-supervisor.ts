import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { SupervisedChild } from '../../core/processes/supervised-child.js';
import { DeathWatch } from './death-watch.js';

/** Set in the environment of the process that works: it runs the same command as its supervisor. */
export const SUPERVISED = 'EARSIGHT_SUPERVISED';

/** Between a death and the next start, doubled with every death of its own doing that follows soon. */
const RESTART_MS = [500, 30_000] as const;
/** A worker that lived so long is well again. */
const WELL_MS = 60_000;

/**
 * Runs the worker as a child, starts it again when it dies, and counts the death against the videos it was working on
 * if it was their doing: only a parent learns how a process ended.
 * @returns the exit code for this process.
 */
export async function superviseWorker(signals: WorkerSignals): Promise<number> {
  let pauseMs: number = RESTART_MS[0];
  let wasReady = false;
  for (;;) {
    const startedMs = performance.now();
    const watch = new DeathWatch();
    const args = [...process.execArgv, ...process.argv.slice(1)];
    const worker = new SupervisedChild(args, { ...process.env, [SUPERVISED]: '1' }, (message) => watch.take(message));
    signals.passTo(worker.process);
    const ending = await worker.ended;
    if (signals.asked.aborted) return ending.code ?? 0;
    wasReady ||= watch.ready;
    // One that never came up is not what was meant; one that did may find Redis away for a while.
    if (ending.code === 0 || !wasReady) return ending.code ?? 1;
    process.stderr.write(`worker ended by ${ending.signal ?? `exit code ${ending.code}`}; starting it again\n`);
    const ownFault = await watch.judge(worker, ending);
    const wasWell = !ownFault || performance.now() - startedMs > WELL_MS;
    pauseMs = wasWell ? RESTART_MS[0] : Math.min(2 * pauseMs, RESTART_MS[1]);
    const again = await sleep(pauseMs, true, { signal: signals.asked }).catch(() => false);
    if (!again) return 0;
  }
}

/** SIGTERM and SIGINT ask the child to finish; a second one ends it. */
export class WorkerSignals {
  private readonly stop = new AbortController();
  private child: ChildProcess | null = null;

  constructor() {
    const handle = (): void => {
      this.child?.kill(this.asked.aborted ? 'SIGKILL' : 'SIGTERM');
      this.stop.abort();
    };
    process.on('SIGTERM', handle);
    process.on('SIGINT', handle);
  }

  /** Aborted by the first. */
  get asked(): AbortSignal {
    return this.stop.signal;
  }

  passTo(child: ChildProcess): void {
    this.child = child;
  }
}
