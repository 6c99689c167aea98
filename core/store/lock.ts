import { open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ownerOf, temporaryName } from './temporary-name.js';

/** How often the owner of a lock touches its file. */
const HEARTBEAT_MS = 5_000;
/** A lock that was not touched for this long is taken over. This also covers a reused pid and a dead machine. */
export const STALE_MS = 30_000;
const POLL_MS = 50;

/**
 * Acquires a lock file, which keeps two processes from making the same artefact at the same time. The lock only saves
 * work: if two processes ever own it at once, both make the same folder, and the result of the slower one is discarded.
 * @returns a function that releases the lock.
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
    // The file is missing when another process took the lock over. The work goes on, because the lock only saves work.
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

/** Whether a process of this machine owns the lock. */
export async function isHeldByThisProcess(path: string): Promise<boolean> {
  const owner = ownerOf(await readFile(path, 'utf8').catch(() => ''));
  return (owner === 'self' || owner === 'alive') && !(await isStale(path));
}

/** Removes the lock if its owner is gone. @returns whether it was removed. */
export async function removeStaleLock(path: string): Promise<boolean> {
  const stale = await isStale(path);
  if (stale) await rm(path, { force: true });
  return stale;
}

async function isStale(path: string): Promise<boolean> {
  try {
    const age = Date.now() - (await stat(path)).mtimeMs;
    if (age > STALE_MS) return true;
    return ownerOf(await readFile(path, 'utf8')) === 'dead';
  } catch (error) {
    // The lock was released in the meantime.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
