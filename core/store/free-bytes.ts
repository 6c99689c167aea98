import { statfs } from 'node:fs/promises';

/** Free space in bytes, for an unprivileged process, on the disk that holds a path. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}
