import { lstat, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EarsightError } from '../errors.js';

/**
 * Makes a folder and those above it that are missing. Unlike node's own `recursive` it says what is the matter: that
 * calls a file system that may only be read a missing folder, and never ends where no folder can be made (`/proc`).
 * @param mode of each folder that is made
 * @throws EarsightError EARSIGHT_OUTPUT_UNWRITABLE for a link whose target is away, and what `mkdir` throws.
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  const first = await obstacle(path, mode);
  if (first === null) return;
  const parent = dirname(path);
  if ((first as NodeJS.ErrnoException).code !== 'ENOENT' || parent === path) throw first;
  await makeFolder(parent, mode);
  const second = await obstacle(path, mode);
  if (second !== null) throw second;
}

/** Why the folder could not be made; null where it is there now. */
async function obstacle(path: string, mode: number): Promise<Error | null> {
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
