import { open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeWhole } from '../write-whole.js';
import { temporaryName } from './temporary-name.js';

/** Readers see the old contents or the new, never a part, also after a power cut. */
export async function writeFileAtomically(path: string, data: string | Uint8Array): Promise<void> {
  await writeWhole(path, data, join(dirname(path), temporaryName('.write')));
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
