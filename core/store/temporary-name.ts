import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import { LOST_MS } from './store.js';

/**
 * When this process began, by the machine's steady clock, ms: with the pid it says which process chose a name. A container
 * that starts again has the same host name and often the same pid.
 */
const STARTED_MS = Math.round(Number(process.hrtime.bigint()) / 1e6 - process.uptime() * 1e3);

/** Threads of one process reckon it within this; the next process of that pid begins later, if only by loading node. */
const SAME_START_MS = 20;

/**
 * A name no other process or thread of any machine will choose, which also says who chose it: a later run sweeps what a
 * killed one left.
 */
export function temporaryName(purpose: string): string {
  return `${purpose}.${host()}.${process.pid}.${STARTED_MS}.${randomBytes(6).toString('hex')}`;
}

/** Whether the process that chose a `temporaryName` is gone; one of another machine is, when it left it long ago. */
export async function isAbandoned(path: string): Promise<boolean> {
  const chooser = chooserOf(basename(path));
  if (chooser === 'gone') return true;
  if (chooser === 'self') return false;
  const found = await stat(path).catch(() => null);
  return found !== null && Date.now() - found.mtimeMs > LOST_MS;
}

/** Who chose a `temporaryName`: `there` is another process of this machine, or one that now has its id. */
export function chooserOf(name: string): 'self' | 'there' | 'gone' | 'elsewhere' {
  const [owner, pid, startedMs] = name.split('.').slice(-4);
  if (owner !== host()) return 'elsewhere';
  if (Number(pid) !== process.pid) return isAlive(Number(pid)) ? 'there' : 'gone';
  return Math.abs(Number(startedMs) - STARTED_MS) > SAME_START_MS ? 'gone' : 'self';
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, under another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Host names may hold dots; a temporary name is split at them. */
export function host(): string {
  return hostname().replace(/[^\w-]/g, '-');
}
