import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import { ABANDONED_AFTER_MS } from './store.js';

/**
 * Start time of this process in ms of the machine's monotonic clock. Together with the pid it identifies the process: a
 * restarted container has the same host name and often the same pid.
 */
const STARTED_MS = Math.round(Number(process.hrtime.bigint()) / 1e6 - process.uptime() * 1e3);

/**
 * Threads of one process compute start times that differ by less than this. Another process with the same pid starts
 * later by more, because loading node alone takes longer.
 */
const START_TOLERANCE_MS = 20;

/**
 * Returns a name that no other process or thread of any machine chooses. It names the process that owns it, so a later
 * run can remove the files that a killed one left.
 */
export function temporaryName(purpose: string): string {
  return `${purpose}.${host()}.${process.pid}.${STARTED_MS}.${randomBytes(6).toString('hex')}`;
}

/**
 * Whether the process that owns a file with a `temporaryName` is gone. A process of another machine counts as gone when
 * the file was not modified for `ABANDONED_AFTER_MS`.
 */
export async function isAbandoned(path: string): Promise<boolean> {
  const owner = ownerOf(basename(path));
  if (owner === 'dead') return true;
  if (owner === 'self') return false;
  const found = await stat(path).catch(() => null);
  return found !== null && Date.now() - found.mtimeMs > ABANDONED_AFTER_MS;
}

/**
 * The process that owns a `temporaryName`. `alive`: a process of this machine has its pid, but it may be another one.
 */
export function ownerOf(name: string): 'self' | 'alive' | 'dead' | 'remote' {
  const [owner, pid, startedMs] = name.split('.').slice(-4);
  if (owner !== host()) return 'remote';
  if (Number(pid) !== process.pid) return isAlive(Number(pid)) ? 'alive' : 'dead';
  return Math.abs(Number(startedMs) - STARTED_MS) > START_TOLERANCE_MS ? 'dead' : 'self';
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process is alive and belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** The host name without its dots, because a temporary name is split at dots. */
export function host(): string {
  return hostname().replace(/[^\w-]/g, '-');
}
