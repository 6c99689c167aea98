import { createHash } from 'node:crypto';
import { link, open, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { EarsightError } from '../errors.js';
import { ownerOf, temporaryName } from './temporary-name.js';

/** How often the owner of a lock touches its file and checks that the lock is still its own. */
const HEARTBEAT_MS = 5_000;
/** How often the clock is checked, so that a process that was paused notices it at once when it continues. */
const TICK_MS = 1_000;
/** A lock that was not touched for this long is taken over. This also covers a reused pid and a dead machine. */
export const STALE_MS = 30_000;
/** How long to wait before the next attempt: twice as long each time. Most locks are held for a few milliseconds. */
const POLL_MS = { first: 5, longest: 50 } as const;
/** How often an update starts again after its lock was taken over. Each time, the process was paused for `STALE_MS`. */
const UPDATE_ATTEMPTS = 3;

/** Codes of file systems without hard links, for example FAT and some network shares. */
const NO_LINK_CODES = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** Why a lock may be taken from its owner: the process is gone, or it has not touched the lock for `STALE_MS`. */
type StaleReason = 'dead' | 'silent';

/** A lock that this process owns until it releases it, or until it is paused for so long that another takes it over. */
export interface HeldLock {
  /** Whether the lock was free, or the last owner that this process saw was dead or silent. A silent one may continue. */
  readonly takenFrom: 'free' | StaleReason;
  /** Aborts with EARSIGHT_LOCK_LOST when another process has taken the lock over. */
  readonly lost: AbortSignal;
  /** Checks the lock file. @throws EarsightError EARSIGHT_LOCK_LOST when another process has taken the lock over. */
  verify(): Promise<void>;
  /** Does nothing to a lock that another process has taken over. */
  release(): Promise<void>;
}

/**
 * Acquires a lock file, which contains a token of its owner. Files offer no "remove if the content is still this", so a
 * lock with a given token is only removed, by its owner or by others, by the process that holds the right to do so:
 * another lock file whose name follows from the token. A token is never used twice, so once that process sees it, no
 * other process can replace the lock before it is removed.
 *
 * A process can be paused at any instruction, even after it has verified its lock. So the owner of a lock verifies it
 * right before it writes, and every write is atomic.
 */
export async function acquireLock(path: string, signal?: AbortSignal): Promise<HeldLock> {
  const token = temporaryName('lock');
  let takenFrom: HeldLock['takenFrom'] = 'free';
  for (let waitMs: number = POLL_MS.first; ; waitMs = Math.min(2 * waitMs, POLL_MS.longest)) {
    signal?.throwIfAborted();
    const file = await create(path, token);
    if (file !== null) return ownedLock(path, token, file, takenFrom);
    const stale = await findStale(path);
    if (stale !== null) takenFrom = stale.reason;
    if (stale === null || !(await removeLockOf(path, stale.token))) await sleep(waitMs, undefined, { signal });
  }
}

/**
 * Runs `update` under a lock, and once more when it throws EARSIGHT_LOCK_LOST. It must call `verify` of the lock right
 * before it writes what it has read under the lock.
 */
export async function updateUnderLock<Result>(
  path: string,
  update: (lock: HeldLock) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    const lock = await acquireLock(path);
    try {
      return await update(lock);
    } catch (error) {
      if (!(error instanceof EarsightError) || error.code !== 'EARSIGHT_LOCK_LOST' || attempt === UPDATE_ATTEMPTS)
        throw error;
    } finally {
      await lock.release();
    }
  }
}

/** Whether a running process of this machine owns the lock. */
export async function isHeldOnThisMachine(path: string): Promise<boolean> {
  const owner = ownerOf((await tokenIn(path)) ?? '');
  return (owner === 'self' || owner === 'alive') && (await findStale(path)) === null;
}

/** Removes the lock if its owner is gone. @returns whether it was removed. */
export async function removeStaleLock(path: string): Promise<boolean> {
  const stale = await findStale(path);
  return stale !== null && (await removeLockOf(path, stale.token));
}

function ownedLock(path: string, token: string, file: FileHandle, takenFrom: HeldLock['takenFrom']): HeldLock {
  const loss = new AbortController();
  let touchedMs = Date.now();
  const verify = async (): Promise<void> => {
    if (!loss.signal.aborted && (await tokenIn(path)) !== token)
      loss.abort(new EarsightError('EARSIGHT_LOCK_LOST', { path }));
    loss.signal.throwIfAborted();
  };
  const timer = setInterval(() => {
    const now = new Date();
    // A clock that was set back must not stop the heartbeat.
    if (Math.abs(now.getTime() - touchedMs) < HEARTBEAT_MS) return;
    touchedMs = now.getTime();
    // Through the open file, because another process may own the lock that lies at the path now.
    file
      .utimes(now, now)
      .then(verify)
      .catch(() => undefined);
  }, TICK_MS);
  timer.unref();
  const release = async (): Promise<void> => {
    clearInterval(timer);
    await file.close().catch(() => undefined);
    await removeLockOf(path, token);
  };
  return { takenFrom, lost: loss.signal, verify, release };
}

/**
 * Creates a lock file with its token in one step, by linking a finished file to the path.
 * @returns null when a file is there already.
 */
async function create(path: string, token: string): Promise<FileHandle | null> {
  if ((await stat(path).catch(() => null)) !== null) return null;
  const prepared = `${path}.${token}`;
  const file = await open(prepared, 'wx+');
  try {
    await file.writeFile(token);
    await link(prepared, path);
    return file;
  } catch (error) {
    await file.close();
    if (NO_LINK_CODES.has(codeOf(error))) return await createWithoutLink(path, token);
    if (codeOf(error) === 'EEXIST') return null;
    throw error;
  } finally {
    await rm(prepared, { force: true });
  }
}

async function createWithoutLink(path: string, token: string): Promise<FileHandle | null> {
  const file = await open(path, 'wx+').catch((error: unknown) => {
    if (codeOf(error) === 'EEXIST') return null;
    throw error;
  });
  await file?.writeFile(token);
  return file;
}

/** Removes a lock file if it contains the token. @returns false when it does not, or when another process removes it. */
async function removeLockOf(path: string, token: string): Promise<boolean> {
  const right = `${path}.${createHash('sha256').update(token).digest('hex').slice(0, 16)}`;
  const rightToken = temporaryName('right');
  const file = await create(right, rightToken);
  if (file === null) {
    const stale = await findStale(right);
    // A process that was killed while it removed the lock must not keep the lock for ever.
    if (stale !== null) await removeLockOf(right, stale.token);
    return false;
  }
  try {
    await file.close();
    return (await tokenIn(path)) === token && (await removeVerified(path, token, `${path}.${rightToken}`));
  } finally {
    // Only a process that was paused here for `STALE_MS` finds another token.
    if ((await tokenIn(right)) === rightToken) await rm(right, { force: true });
  }
}

/** Moves a lock file aside, and puts it back if a pause has let another process put its own lock there. */
async function removeVerified(path: string, token: string, aside: string): Promise<boolean> {
  try {
    await rename(path, aside);
    if ((await tokenIn(aside)) === token) return true;
    await link(aside, path).catch(() => undefined);
    return false;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

/** Returns the token of a lock whose owner is dead or silent; null when there is no lock or its owner is alive. */
async function findStale(path: string): Promise<{ readonly token: string; readonly reason: StaleReason } | null> {
  const file = await open(path, 'r').catch((error: unknown) => {
    // The lock was released in the meantime.
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  });
  if (file === null) return null;
  try {
    // Of the same file, whatever lies at the path meanwhile.
    const [token, { mtimeMs }] = [await file.readFile('utf8'), await file.stat()];
    if (ownerOf(token) === 'dead') return { token, reason: 'dead' };
    return Date.now() - mtimeMs > STALE_MS ? { token, reason: 'silent' } : null;
  } finally {
    await file.close();
  }
}

async function tokenIn(path: string): Promise<string | null> {
  return await readFile(path, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
