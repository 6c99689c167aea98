import { spawn, type ChildProcess } from 'node:child_process';
import { Readable } from 'node:stream';
import { MessageChannel } from 'node:worker_threads';
import { EarsightError, toEarsightError } from '../../../core/errors.js';
import { confinementPrefix } from './confinement.js';
import { untrackGroup, trackGroup, signalGroup } from './live-groups.js';
import { programPath, type Program } from './programs.js';
import { StderrTail } from '../../../core/processes/stderr-tail.js';

/** From SIGTERM to SIGKILL when a limit was passed: ffmpeg closes its files well within it. */
const GRACE_MS = 5000;
/** The same when somebody cancelled: the answer is promised within two seconds. */
const CANCEL_GRACE_MS = 1200;
const STALL_CHECK_MS = 200;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Reads one pipe of the child to its end. Not asking for the next chunk stops the child: that is the back-pressure. A
 * chunk is gone when the next one is asked for.
 * `alive` tells the watchdog that the work moved on; data on a pipe above stdout says so by itself.
 */
export type PipeConsumer = (chunks: AsyncIterable<Buffer>, alive: () => void) => Promise<void>;

export interface ProcessRequest {
  readonly program: Program;
  readonly args: readonly string[];
  /** The file at stake, for messages. */
  readonly path: string;
  readonly signal: AbortSignal;
  readonly wallClockSec: number;
  /** Stopped after that long without a sign of life. Null: only the wall clock counts. */
  readonly stallSec: number | null;
  /** Consumers of file descriptors 1, 3, 4, … in that order. */
  readonly pipes: readonly PipeConsumer[];
}

export interface ProcessOutcome {
  /** Null when a signal that was not ours ended it. */
  readonly exitCode: number | null;
  readonly killedBy: NodeJS.Signals | null;
  readonly stderr: readonly string[];
  readonly stderrTotal: number;
}

/**
 * Runs ffmpeg or ffprobe in a process group of its own, without a shell and with stdin closed, and resolves when it and
 * everything it started are gone. A non-zero exit is an outcome, not an error: the caller knows what came out.
 *
 * @throws EARSIGHT_FFMPEG_MISSING, EARSIGHT_CANCELLED, EARSIGHT_FFMPEG_TIMEOUT, EARSIGHT_FFMPEG_STALLED, and whatever a
 *   consumer throws (the child is stopped first)
 */
export async function runProcess(request: ProcessRequest): Promise<ProcessOutcome> {
  const [path, wrapper] = await Promise.all([programPath(request.program), confinementPrefix()]);
  if (request.signal.aborted) throw new EarsightError('EARSIGHT_CANCELLED');
  const [command = path, ...args] = [...wrapper, path, ...request.args];
  const [stdout, ...further] = request.pipes.map(() => 'pipe' as const);
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', stdout ?? 'ignore', 'pipe', ...further],
    env: childEnvironment(),
  });
  return new SupervisedProcess(child, request).outcome();
}

/** What a decoder needs to run, and no secret: not our tokens, not FFREPORT, not AV_LOG_FORCE_COLOR. */
function childEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, LD_LIBRARY_PATH, DYLD_LIBRARY_PATH, TMPDIR } = process.env;
  return { PATH, HOME, LD_LIBRARY_PATH, DYLD_LIBRARY_PATH, TMPDIR, LC_ALL: 'C' };
}

class SupervisedProcess {
  private failure: Error | null = null;
  private stopping = false;
  private lastSign = performance.now();
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
      // What the child itself started may hold the pipes open: end it, or `close` would not come.
      child.once('exit', () => child.pid !== undefined && signalGroup(child.pid, 'SIGKILL'));
      child.once('close', (exitCode, killedBy) => settle({ exitCode, killedBy }));
    });
  }

  private setLimits(): void {
    const { wallClockSec, stallSec, path } = this.request;
    const wallClock = (): void =>
      this.stop(new EarsightError('EARSIGHT_FFMPEG_TIMEOUT', { path, limitSec: wallClockSec }), GRACE_MS);
    this.timers.push(setTimeout(wallClock, Math.min(wallClockSec * 1000, LONGEST_TIMER_MS)));
    if (stallSec === null) return;
    const check = (): void => {
      if (performance.now() - this.lastSign > stallSec * 1000)
        this.stop(new EarsightError('EARSIGHT_FFMPEG_STALLED', { path, limitSec: stallSec }), GRACE_MS);
    };
    this.timers.push(setInterval(check, STALL_CHECK_MS));
  }

  /** Never rejects: a consumer that fails stops the child, and its error comes out of `outcome`. */
  private async consume(consumer: PipeConsumer, descriptor: number): Promise<void> {
    const stream = this.child.stdio[descriptor];
    if (!(stream instanceof Readable)) return;
    // A pipe that breaks ends like one that closes; the exit code tells the rest.
    stream.on('error', () => stream.destroy());
    try {
      const alive = (): void => void (this.lastSign = performance.now());
      await consumer(this.chunksOf(stream, descriptor === 1 ? null : alive), alive);
    } catch (error) {
      if (!isPrematureClose(error)) this.stop(toEarsightError(error, this.request.path), CANCEL_GRACE_MS);
    } finally {
      // Whatever is left must flow, or the child would wait for a reader for ever.
      stream.resume();
    }
  }

  private async *chunksOf(stream: Readable, alive: (() => void) | null): AsyncGenerator<Buffer> {
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
      alive?.();
      yield chunk as Buffer;
      freeMemory(chunk as Buffer);
      // A slow reader of ours is not a stalled decoder.
      alive?.();
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

/** A closed port: what is transferred to it is gone. */
const nowhere = new MessageChannel().port1;
nowhere.close();

/**
 * Frees a chunk's memory at once. V8 lets some ten megabytes of such memory gather before it collects its whole heap,
 * which the pictures of a video fill several times a second (docs/decisions/0054-a-second-of-video.md).
 */
function freeMemory({ buffer }: Buffer): void {
  if (buffer instanceof ArrayBuffer) nowhere.postMessage(null, [buffer]);
}

function isPrematureClose(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE';
}
