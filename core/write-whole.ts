import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';

/**
 * All of the data or nothing: temporary file, fsync, rename.
 * @param temporary in the same folder, and nobody else's: the containers of a fleet that share a folder may have the same
 * process id, and one process may write a file twice at once.
 */
export async function writeWhole(
  path: string,
  data: string | Uint8Array,
  temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`,
): Promise<void> {
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
}
