import { constants } from 'node:fs';
import { lstat, open, realpath, type FileHandle } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { EarsightError, toEarsightError } from '../errors.js';

/**
 * Neither follows a link at the end of the path nor waits for the writer of a named pipe. Windows has neither flag, and
 * no named pipes in folders.
 */
// A flag that a system lacks is undefined, which counts as 0 here.
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Opens a file of a folder to which others may write: only a regular file that really lies below the folder, through no
 * link. The folder itself may be reached through links. A hard link to a file elsewhere cannot be recognised.
 * @param name relative to the folder, with forward slashes
 * @throws EarsightError EARSIGHT_INPUT_MISSING when there is no such file or something else lies there;
 * EARSIGHT_INPUT_UNREADABLE.
 */
export async function openBelow(folder: string, name: string): Promise<FileHandle> {
  const path = join(folder, name);
  const refusal = new EarsightError('EARSIGHT_INPUT_MISSING', { path: name });
  if (name.split(/[/\\]/).some((part) => part === '..' || part === '')) throw refusal;
  try {
    // Before it is opened, because opening a device can have an effect.
    if (!(await lstat(path)).isFile()) throw refusal;
    const file = await open(path, READ_FLAGS);
    try {
      if (!(await liesAt(file, join(await realpath(folder), name)))) throw refusal;
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    // A link to itself, and a file in place of a folder.
    if (code === 'ELOOP' || code === 'ENOTDIR') throw refusal;
    throw toEarsightError(error, name);
  }
}

/** Whether the open file is the one at a path, and the path contains no link. */
async function liesAt(file: FileHandle, path: string): Promise<boolean> {
  // Asked of the open file, because another one may lie at the path now.
  const opened = await file.stat({ bigint: true });
  const found = await lstat(path, { bigint: true });
  const isSame = opened.isFile() && opened.ino === found.ino && opened.dev === found.dev;
  return isSame && (await realpath(path)) === path.split('/').join(sep);
}

/**
 * Reads a JSON file with `openBelow`.
 * @returns null when the file does not hold JSON
 * @throws EarsightError as `openBelow`
 */
export async function readJsonBelow(folder: string, name: string): Promise<unknown> {
  const file = await openBelow(folder, name);
  try {
    return JSON.parse(await file.readFile('utf8')) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw toEarsightError(error, name);
  } finally {
    await file.close();
  }
}
