import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { StderrTail } from '../../stages/extract/ffmpeg/stderr-tail.js';
import { toEarsightError } from '../errors.js';
import type { Underway } from '../run/guarded-work.js';
import { isOwnFault, memoryKills, recordDeath, workerMessageSchema, type Ending } from './death-watch.js';
import { SUPERVISED } from './supervised.js';

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
  for (;;) {
    const startedMs = performance.now();
    const killsBefore = await memoryKills();
    const life = new WorkerLife(signals);
    const ending = await life.ended;
    if (signals.stopping) return ending.code ?? 0;
    if (ending.code === 0 || !life.ready) return ending.code ?? 1;
    const ownFault = isOwnFault(ending, (await memoryKills()) - killsBefore);
    process.stderr.write(`worker ended by ${ending.signal ?? `exit code ${ending.code}`}; starting it again\n`);
    if (ownFault)
      await recordDeath(life.underway, ending, life.stderr).catch((error: unknown) => {
        // A store that is away for a moment is no reason to leave the fleet.
        process.stderr.write(`that was not recorded: ${toEarsightError(error).message}\n`);
      });
    const wasWell = !ownFault || performance.now() - startedMs > WELL_MS;
    pauseMs = wasWell ? RESTART_MS[0] : Math.min(2 * pauseMs, RESTART_MS[1]);
    await sleep(pauseMs);
  }
}

/** SIGTERM and SIGINT ask the child to finish; a second one ends it. */
export class WorkerSignals {
  stopping = false;
  private child: ChildProcess | null = null;

  constructor() {
    const handle = (): void => {
      this.child?.kill(this.stopping ? 'SIGKILL' : 'SIGTERM');
      this.stopping = true;
    };
    process.on('SIGTERM', handle);
    process.on('SIGINT', handle);
  }

  passTo(child: ChildProcess): void {
    this.child = child;
    if (this.stopping) child.kill('SIGTERM');
  }
}

class WorkerLife {
  readonly ended: Promise<Ending>;
  ready = false;
  private readonly at = new Map<number, Underway>();
  private readonly tail = new StderrTail();

  constructor(signals: WorkerSignals) {
    const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
      env: { ...process.env, [SUPERVISED]: '1' },
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    signals.passTo(child);
    child.stderr?.on('data', (chunk: Buffer) => {
      process.stderr.write(chunk);
      this.tail.push(chunk);
    });
    child.on('message', (message) => this.take(message));
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
  }

  get underway(): readonly Underway[] {
    return [...this.at.values()];
  }

  get stderr(): readonly string[] {
    return this.tail.lines;
  }

  private take(message: unknown): void {
    const parsed = workerMessageSchema.safeParse(message);
    if (!parsed.success) return;
    const { data } = parsed;
    if (data.type === 'ready') this.ready = true;
    else if (data.type === 'begin') this.at.set(data.id, data.what);
    else this.at.delete(data.id);
  }
}
