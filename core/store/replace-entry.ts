import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from './atomic-file.js';
import { temporaryName } from './temporary-name.js';

/**
 * Moves a file or folder to `target` and replaces what is there in one step. If `path` does not exist, `target` is
 * removed.
 * @param trash a folder of the same file system, for what is removed.
 */
export async function replaceEntry(path: string, target: string, trash: string): Promise<void> {
  if (!existsSync(path)) await discard(target, trash);
  // Another process that does the same may put an entry there in the meantime.
  else while (!(await moveEntry(path, target))) await discard(target, trash);
}

/**
 * Renames a file or folder.
 * @param durable whether the entry must be there after a power cut
 * @returns false when an entry at `target` is in the way that a rename does not replace.
 */
export async function moveEntry(path: string, target: string, durable = true): Promise<boolean> {
  try {
    await rename(path, target);
  } catch (error) {
    if (isTargetOccupied(error, target)) return false;
    throw error;
  }
  if (durable) await syncFolder(dirname(target));
  return true;
}

/** Removes a file or folder in one step for its readers: it is renamed into `trash` and then deleted. */
export async function discard(path: string, trash: string): Promise<void> {
  const discarded = join(trash, temporaryName('trash'));
  try {
    await rename(path, discarded);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  await rm(discarded, { recursive: true, force: true });
}

/**
 * Whether a rename failed because of the entry at `target`: a folder that is not empty, a file in place of a folder or
 * the reverse, or, on Windows, any folder.
 */
function isTargetOccupied(error: unknown, target: string): boolean {
  const code = codeOf(error);
  if (code === 'ENOTEMPTY' || code === 'EEXIST') return true;
  return (code === 'EISDIR' || code === 'ENOTDIR' || code === 'EPERM') && existsSync(target);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}
