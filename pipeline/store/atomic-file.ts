import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * A name no other process or thread of any machine will choose, which also says who chose it: the owner's host and pid
 * let a later run sweep what a killed one left.
 */
export function temporaryName(purpose: string): string {
  return `${purpose}.${host()}.${process.pid}.${randomBytes(6).toString('hex')}`;
}

/** Whether the process that chose a `temporaryName` on this machine is gone; false when it lives or is elsewhere. */
export function isAbandoned(name: string): boolean {
  const [owner, pid] = name.split('.').slice(-3);
  return owner === host() && !isAlive(Number(pid));
}

export function isAlive(pid: number): boolean {
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

/** Readers see the old contents or the new, never a part, also after a power cut. */
export async function writeFileAtomically(path: string, data: string | Uint8Array): Promise<void> {
  const temporary = join(dirname(path), temporaryName('.write'));
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a rename inside the folder survive a power cut. Systems without it (Windows) answer EPERM or EISDIR. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => null);
  if (folder === null) return;
  try {
    await folder.sync();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === 'EPERM' || error.code === 'EINVAL')))
      throw error;
  } finally {
    await folder.close();
  }
}

/** Null when there is no such file or its contents are no JSON: both mean "make it anew". */
export async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Error && 'code' in error && error.code === 'ENOENT'))
      return null;
    throw error;
  }
}
