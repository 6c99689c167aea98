import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { SupervisedChild } from '../../core/processes/supervised-child.js';
import { DeathWatch } from './death-watch.js';

/** Environment variable that is set in the worker process, which runs the same command as its supervisor. */
export const SUPERVISED = 'EARSIGHT_SUPERVISED';

/** Shortest and longest delay before a restart. The delay doubles with every crash that follows soon after a start. */
const RESTART_DELAY_MS = [500, 30_000] as const;
/** A worker that ran for this long counts as stable, and its next restart has the shortest delay again. */
const STABLE_MS = 60_000;

/**
 * Runs the worker as a child process, restarts it when it dies, and records a death that the worker caused itself for
 * the videos that it was working on. A supervisor is needed because only a parent learns how a process ended.
 * @returns the exit code for this process.
 */
export async function superviseWorker(signals: WorkerSignals): Promise<number> {
  let delayMs: number = RESTART_DELAY_MS[0];
  let wasReady = false;
  for (;;) {
    const startedMs = performance.now();
    const watch = new DeathWatch();
    const args = [...process.execArgv, ...process.argv.slice(1)];
    const worker = new SupervisedChild(args, { ...process.env, [SUPERVISED]: '1' }, (message) =>
      watch.handleMessage(message),
    );
    signals.forwardTo(worker.process);
    const ending = await worker.ended;
    if (signals.stopRequested.aborted) return ending.code ?? 0;
    wasReady ||= watch.ready;
    // Exit code 0 is a clean stop. A worker that never became ready would fail again in the same way, for example for a
    // wrong option. One that was ready before may only have lost Redis for a while, so it is restarted.
    if (ending.code === 0 || !wasReady) return ending.code ?? 1;
    process.stderr.write(`worker ended by ${ending.signal ?? `exit code ${ending.code}`}; starting it again\n`);
    const ownFault = await watch.recordIfAtFault(worker, ending);
    const wasStable = !ownFault || performance.now() - startedMs > STABLE_MS;
    delayMs = wasStable ? RESTART_DELAY_MS[0] : Math.min(2 * delayMs, RESTART_DELAY_MS[1]);
    const waited = await sleep(delayMs, true, { signal: signals.stopRequested }).catch(() => false);
    if (!waited) return 0;
  }
}

/** Forwards SIGTERM and SIGINT to the child as SIGTERM, so that it can finish; a second signal kills it. */
export class WorkerSignals {
  private readonly stop = new AbortController();
  private child: ChildProcess | null = null;

  constructor() {
    const handle = (): void => {
      this.child?.kill(this.stopRequested.aborted ? 'SIGKILL' : 'SIGTERM');
      this.stop.abort();
    };
    process.on('SIGTERM', handle);
    process.on('SIGINT', handle);
  }

  /** Aborts with the first signal. */
  get stopRequested(): AbortSignal {
    return this.stop.signal;
  }

  forwardTo(child: ChildProcess): void {
    this.child = child;
  }
}
