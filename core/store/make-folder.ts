import { lstat, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EarsightError } from '../errors.js';

/**
 * Makes a folder and its missing parents. Unlike `recursive` of node's `mkdir`, it reports the real cause: node reports
 * a read-only file system as a missing folder, and never returns where no folder can be made (`/proc`).
 * @param mode of each folder that is made
 * @throws EarsightError EARSIGHT_OUTPUT_UNWRITABLE for a link whose target is missing; otherwise the error of `mkdir`.
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  const error = await tryToMake(path, mode);
  if (error === null) return;
  const parent = dirname(path);
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === path) throw error;
  await makeFolder(parent, mode);
  const secondError = await tryToMake(path, mode);
  if (secondError !== null) throw secondError;
}

/** Returns why the folder could not be made, or null when it exists now. */
async function tryToMake(path: string, mode: number): Promise<Error | null> {
  try {
    await mkdir(path, mode);
    return null;
  } catch (error) {
    if ((await stat(path).catch(() => null))?.isDirectory() === true) return null;
    if ((await lstat(path).catch(() => null))?.isSymbolicLink() !== true) return error as Error;
    const reason = 'it is a link, and what it leads to is away';
    return new EarsightError('EARSIGHT_OUTPUT_UNWRITABLE', { path, reason }, { cause: error });
  }
}
