import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../../core/store/atomic-file.js';

const cacheSchema = z.record(
  z.string(),
  z.strictObject({ bytes: z.number(), modifiedMs: z.number(), sha256: z.string() }),
);

/**
 * SHA-256 of files, cached by path, size and modification time in the cache folder, because hashing 600 MB takes seconds.
 * The cache is no weaker than the files themselves: a user who can write it can also write the packs beside it.
 */
export class FileHashes {
  private cached: z.infer<typeof cacheSchema> | null = null;
  private changed = false;

  constructor(private readonly cacheDir: string) {}

  /** Returns null when there is no such file. */
  async sha256Of(path: string): Promise<string | null> {
    const found = await stat(path).catch(() => null);
    if (!found?.isFile()) return null;
    const cached = (this.cached ??= await this.read());
    const known = cached[path];
    if (known?.bytes === found.size && known.modifiedMs === found.mtimeMs) return known.sha256;
    const sha256 = await hashFile(path);
    cached[path] = { bytes: found.size, modifiedMs: found.mtimeMs, sha256 };
    this.changed = true;
    return sha256;
  }

  /** Writes the cache. If that fails, the next run only takes longer, so the error is ignored. */
  async save(): Promise<void> {
    if (!this.changed) return;
    try {
      await mkdir(this.cacheDir, { recursive: true });
      await writeFileAtomically(this.file, JSON.stringify(this.cached));
      this.changed = false;
    } catch {
      return;
    }
  }

  private get file(): string {
    return join(this.cacheDir, 'verified.json');
  }

  private async read(): Promise<z.infer<typeof cacheSchema>> {
    try {
      return cacheSchema.parse(JSON.parse(await readFile(this.file, 'utf8')));
    } catch {
      return {};
    }
  }
}

export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
