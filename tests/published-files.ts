import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** SHA-256 of every published file below an output folder except the index, which contains the time of the run. */
export async function publishedFiles(out: string): Promise<Record<string, string>> {
  const entries = await readdir(out, { recursive: true, withFileTypes: true });
  const hashes: Record<string, string> = {};
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name).slice(out.length + 1);
    if (!entry.isFile() || path.startsWith('.earsight') || !path.includes('/')) continue;
    hashes[path] = createHash('sha256')
      .update(await readFile(join(out, path)))
      .digest('hex');
  }
  return Object.fromEntries(Object.entries(hashes).sort(([a], [b]) => (a < b ? -1 : 1)));
}
