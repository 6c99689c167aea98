import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { temporaryName } from './temporary-name.js';

/**
 * Writes a file through a temporary one in the same folder, fsync and rename. Readers see the old contents or the new
 * ones, never a part of them, also after a power cut and when several processes write the file at the same time.
 * @param durable false for a file that is checked when it is read and can be made again: a power cut may damage it.
 */
export async function writeFileAtomically(path: string, data: string | Uint8Array, durable = true): Promise<void> {
  const temporary = join(dirname(path), temporaryName('.write'));
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(data);
      if (durable) await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  if (durable) await syncFolder(dirname(path));
}

export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Makes a rename inside the folder survive a power cut. Systems that cannot sync a folder (Windows) refuse to open it
 * or answer EPERM or EINVAL, which is ignored.
 */
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

/** A named pipe that was planted in place of a file would otherwise block one of node's few threads for ever. */
// A flag that a system lacks is undefined, which counts as 0 here.
const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * Returns null when the file is missing, is no regular file or does not hold JSON: in each case the caller makes its
 * contents again.
 */
export async function readJson(path: string): Promise<unknown> {
  try {
    const file = await open(path, READ_FLAGS);
    try {
      if (!(await file.stat()).isFile()) return null;
      return JSON.parse(await file.readFile('utf8')) as unknown;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Error && 'code' in error && error.code === 'ENOENT'))
      return null;
    throw error;
  }
}
