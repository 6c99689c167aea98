import { statfs } from 'node:fs/promises';

/** What this process may still write to the disk that holds a path, bytes. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}
