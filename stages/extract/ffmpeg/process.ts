import { spawn, type ChildProcess } from 'node:child_process';
import { Readable } from 'node:stream';
import { MessageChannel } from 'node:worker_threads';
import { EarsightError, toEarsightError } from '../../../core/errors.js';
import { confinementPrefix, signalGroup, trackGroup, untrackGroup } from './confinement.js';
import { programPath, type Program } from './programs.js';
import { StderrTail } from '../../../core/processes/stderr-tail.js';

/** Time from SIGTERM to SIGKILL after a limit was exceeded: ffmpeg closes its files well within it. */
const GRACE_MS = 5000;
/** The same after a cancellation, which is promised to take no more than two seconds. */
const CANCEL_GRACE_MS = 1200;
const STALL_CHECK_MS = 200;
/** The longest delay that `setTimeout` accepts. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Reads one pipe of the child to its end. The child stops while the consumer does not request the next chunk, which gives
 * back-pressure. The memory of a chunk is freed when the next one is requested.
 * `reportActivity` tells the watchdog that the work advanced; for pipes other than stdout, data counts as activity anyway.
 */
export type PipeConsumer = (chunks: AsyncIterable<Buffer>, reportActivity: () => void) => Promise<void>;

export interface ProcessRequest {
  readonly program: Program;
  readonly args: readonly string[];
  /** The input file, for error messages. */
  readonly path: string;
  readonly signal: AbortSignal;
  readonly wallClockSec: number;
  /** The process is stopped after this long without activity. Null: only the wall clock counts. */
  readonly stallSec: number | null;
  /** Consumers of the file descriptors 1, 3, 4, … in that order. */
  readonly pipes: readonly PipeConsumer[];
}

export interface ProcessOutcome {
  /** Null when a signal ended the process. */
  readonly exitCode: number | null;
  /** The signal that ended the process, if it was not sent by `runProcess`. */
  readonly killedBy: NodeJS.Signals | null;
  /** The last lines of stderr. */
  readonly stderr: readonly string[];
  /** The number of lines that were written to stderr. */
  readonly stderrTotal: number;
}

/**
 * Runs ffmpeg or ffprobe in a process group of its own, without a shell and with stdin closed, and resolves when it and
 * all processes it started are gone. A non-zero exit code is an outcome, not an error, because output may be usable.
 *
 * @throws EARSIGHT_FFMPEG_MISSING, EARSIGHT_CANCELLED, EARSIGHT_FFMPEG_TIMEOUT, EARSIGHT_FFMPEG_STALLED, and what a consumer
 *   throws (the child is stopped first)
 */
export async function runProcess(request: ProcessRequest): Promise<ProcessOutcome> {
  const [path, prefix] = await Promise.all([programPath(request.program), confinementPrefix()]);
  if (request.signal.aborted) throw new EarsightError('EARSIGHT_CANCELLED');
  const [command = path, ...args] = [...prefix, path, ...request.args];
  const [stdout, ...further] = request.pipes.map(() => 'pipe' as const);
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', stdout ?? 'ignore', 'pipe', ...further],
    env: childEnvironment(),
  });
  return new RunningProcess(child, request).outcome();
}

/** Passes only what a decoder needs to run: none of our secrets, and neither FFREPORT nor AV_LOG_FORCE_COLOR. */
function childEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, LD_LIBRARY_PATH, DYLD_LIBRARY_PATH, TMPDIR } = process.env;
  return { PATH, HOME, LD_LIBRARY_PATH, DYLD_LIBRARY_PATH, TMPDIR, LC_ALL: 'C' };
}

class RunningProcess {
  private failure: Error | null = null;
  private stopping = false;
  private lastActivity = performance.now();
  private readonly tail = new StderrTail();
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly child: ChildProcess,
    private readonly request: ProcessRequest,
  ) {}

  async outcome(): Promise<ProcessOutcome> {
    const { child, request } = this;
    if (child.pid !== undefined) trackGroup(child.pid);
    const ended = this.whenEnded();
    const onAbort = (): void => this.stop(new EarsightError('EARSIGHT_CANCELLED'), CANCEL_GRACE_MS);
    request.signal.addEventListener('abort', onAbort, { once: true });
    this.setLimits();
    child.stderr?.on('data', (chunk: Buffer) => this.tail.push(chunk));
    try {
      const consumed = request.pipes.map((consume, index) => this.consume(consume, index === 0 ? 1 : index + 2));
      const [{ exitCode, killedBy }] = await Promise.all([ended, ...consumed]);
      if (this.failure) throw this.failure;
      this.tail.end();
      return { exitCode, killedBy, stderr: this.tail.lines, stderrTotal: this.tail.total };
    } finally {
      request.signal.removeEventListener('abort', onAbort);
      for (const timer of this.timers) clearTimeout(timer);
      if (child.pid !== undefined) untrackGroup(child.pid);
    }
  }

  /** Settles when the child is gone and its pipes are closed. */
  private whenEnded(): Promise<{ exitCode: number | null; killedBy: NodeJS.Signals | null }> {
    const { child, request } = this;
    return new Promise((settle, reject) => {
      child.once('error', (cause) =>
        reject(new EarsightError('EARSIGHT_FFMPEG_MISSING', { program: request.program }, { cause })),
      );
      // Processes that the child started may hold its pipes open. Kill them, or `close` would not be emitted.
      child.once('exit', () => child.pid !== undefined && signalGroup(child.pid, 'SIGKILL'));
      child.once('close', (exitCode, killedBy) => settle({ exitCode, killedBy }));
    });
  }

  private setLimits(): void {
    const { wallClockSec, stallSec, path } = this.request;
    const wallClock = (): void =>
      this.stop(new EarsightError('EARSIGHT_FFMPEG_TIMEOUT', { path, limitSec: wallClockSec }), GRACE_MS);
    this.timers.push(setTimeout(wallClock, Math.min(wallClockSec * 1000, MAX_TIMER_MS)));
    if (stallSec === null) return;
    const check = (): void => {
      if (performance.now() - this.lastActivity > stallSec * 1000)
        this.stop(new EarsightError('EARSIGHT_FFMPEG_STALLED', { path, limitSec: stallSec }), GRACE_MS);
    };
    this.timers.push(setInterval(check, STALL_CHECK_MS));
  }

  /** Never rejects: a consumer that fails stops the child, and `outcome` rejects with its error. */
  private async consume(consumer: PipeConsumer, descriptor: number): Promise<void> {
    const stream = this.child.stdio[descriptor];
    if (!(stream instanceof Readable)) return;
    // A broken pipe counts as closed; the exit code says whether the child failed.
    stream.on('error', () => stream.destroy());
    try {
      const reportActivity = (): void => void (this.lastActivity = performance.now());
      await consumer(this.chunksOf(stream, descriptor === 1 ? null : reportActivity), reportActivity);
    } catch (error) {
      if (!isPrematureClose(error)) this.stop(toEarsightError(error, this.request.path), CANCEL_GRACE_MS);
    } finally {
      // The rest must be read, or the child would wait forever for a reader.
      stream.resume();
    }
  }

  private async *chunksOf(stream: Readable, reportActivity: (() => void) | null): AsyncGenerator<Buffer> {
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
      reportActivity?.();
      yield chunk as Buffer;
      freeMemory(chunk as Buffer);
      // Time that the consumer took does not mean that the decoder stalled.
      reportActivity?.();
    }
  }

  private stop(reason: Error, graceMs: number): void {
    if (this.stopping) return;
    this.stopping = true;
    this.failure = reason;
    const { pid } = this.child;
    if (pid === undefined) return;
    signalGroup(pid, 'SIGTERM');
    this.timers.push(setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs));
  }
}

/** A closed port: memory that is transferred to it is freed. */
const closedPort = new MessageChannel().port1;
closedPort.close();

/**
 * Frees a chunk's memory at once. V8 lets about ten megabytes of such memory accumulate before it collects its whole heap,
 * and the pictures of a video fill that several times a second (docs/decisions/0054-a-second-of-video.md).
 */
function freeMemory({ buffer }: Buffer): void {
  if (buffer instanceof ArrayBuffer) closedPort.postMessage(null, [buffer]);
}

function isPrematureClose(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE';
}
