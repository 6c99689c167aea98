import { open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { chooserOf, temporaryName } from './temporary-name.js';

/** The owner touches its lock this often … */
const HEARTBEAT_MS = 5_000;
/** … and one untouched for this long is taken over, which also heals a reused pid and a dead machine. */
export const STALE_MS = 30_000;
const POLL_MS = 50;

/**
 * Keeps two processes from making the same artefact at the same time. It only saves work: should two owners ever meet,
 * both make the same folder and what the later one made is dropped.
 * @returns a function that lets go.
 */
export async function acquireLock(path: string, signal?: AbortSignal): Promise<() => Promise<void>> {
  const token = temporaryName('lock');
  for (;;) {
    signal?.throwIfAborted();
    if (await create(path, token)) break;
    if (!(await removeStaleLock(path))) await sleep(POLL_MS, undefined, { signal });
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    // A lock that vanished was taken over; the work goes on, see above.
    utimes(path, now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  heartbeat.unref();
  return async () => {
    clearInterval(heartbeat);
    if ((await readFile(path, 'utf8').catch(() => '')) === token) await rm(path, { force: true });
  };
}

async function create(path: string, token: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(token);
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Whether a process of this machine has it. */
export async function isHeldByThisProcess(path: string): Promise<boolean> {
  const holder = chooserOf(await readFile(path, 'utf8').catch(() => ''));
  return (holder === 'self' || holder === 'there') && !(await isStale(path));
}

/** Takes away a lock whose owner is gone. @returns whether it was one. */
export async function removeStaleLock(path: string): Promise<boolean> {
  const stale = await isStale(path);
  if (stale) await rm(path, { force: true });
  return stale;
}

async function isStale(path: string): Promise<boolean> {
  try {
    const age = Date.now() - (await stat(path)).mtimeMs;
    if (age > STALE_MS) return true;
    return chooserOf(await readFile(path, 'utf8')) === 'gone';
  } catch (error) {
    // Let go in between: try again at once.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
