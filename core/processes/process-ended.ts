import { readFile } from 'node:fs/promises';
import { EarsightError } from '../errors.js';

/** How a child process ended: its exit code, or the signal that ended it. */
export interface ProcessEnding {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What is known about a process that ended before it answered its requests. */
export interface ProcessEnd {
  readonly ending: ProcessEnding;
  /** See `isOwnFault`. */
  readonly ownFault: boolean;
  /** The last lines that the process wrote to stderr. */
  readonly stderr: readonly string[];
  /** Number of other requests that the process was working on. */
  readonly others: number;
}

/** Thrown when the process that worked on a video ended before it answered. */
export class ProcessEnded extends EarsightError {
  constructor(readonly end: ProcessEnd) {
    super('EARSIGHT_WORKER_ENDED', { times: 1 });
  }
}

/** Returns how the worker process ended, read from the error or its `cause` chain. */
export function processEndOf(thrown: unknown): ProcessEnd | null {
  if (thrown instanceof ProcessEnded) return thrown.end;
  return thrown instanceof Error && thrown.cause !== undefined ? processEndOf(thrown.cause) : null;
}

/** Signals that a process causes itself by a fault. Other signals come from another process or the kernel. */
const OWN_FAULT: readonly (NodeJS.Signals | null)[] = [
  'SIGSEGV',
  'SIGABRT',
  'SIGBUS',
  'SIGILL',
  'SIGFPE',
  'SIGTRAP',
  'SIGSYS',
];

/**
 * Whether a process caused its own end: a crash, an unexpected exit, or a kill by the kernel because memory ran out. A
 * plain `kill -9` comes from an operator or a machine that shuts down, so no video is to blame for it.
 * @param memoryKills number of processes that the kernel killed for memory while this one ran.
 */
export function isOwnFault({ code, signal }: ProcessEnding, memoryKills: number): boolean {
  if (signal === null) return code !== 0;
  return OWN_FAULT.includes(signal) || (signal === 'SIGKILL' && memoryKills > 0);
}

/**
 * Number of processes that the kernel has killed for memory so far, in this container or else on this machine; 0 where
 * the kernel does not report it.
 */
export async function memoryKills(): Promise<number> {
  for (const path of ['/sys/fs/cgroup/memory.events', '/proc/vmstat']) {
    const text = await readFile(path, 'utf8').catch(() => '');
    const found = /^oom_kill (\d+)$/m.exec(text)?.[1];
    if (found !== undefined) return Number(found);
  }
  return 0;
}
