import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from './atomic-file.js';
import { temporaryName } from './temporary-name.js';

/** Puts a file or folder at `target`, or nothing where `path` does not exist; what stood there leaves in one step. */
export async function replaceEntry(path: string, target: string, trash: string): Promise<void> {
  if (!existsSync(path)) await discard(target, trash);
  // Whoever else does the same may put something there in between.
  else while (!(await moveEntry(path, target))) await discard(target, trash);
}

/** @returns false where something stands that a rename does not replace. */
export async function moveEntry(path: string, target: string): Promise<boolean> {
  try {
    await rename(path, target);
  } catch (error) {
    if (isInTheWay(error, target)) return false;
    throw error;
  }
  await syncFolder(dirname(target));
  return true;
}

/** A file or folder disappears in one step: renamed away, then removed. */
export async function discard(path: string, trash: string): Promise<void> {
  const away = join(trash, temporaryName('trash'));
  try {
    await rename(path, away);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  await rm(away, { recursive: true, force: true });
}

/** A folder that holds something; a file in place of a folder, or the reverse; on Windows any folder. */
function isInTheWay(error: unknown, target: string): boolean {
  const code = codeOf(error);
  if (code === 'ENOTEMPTY' || code === 'EEXIST') return true;
  return (code === 'EISDIR' || code === 'ENOTDIR' || code === 'EPERM') && existsSync(target);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}
