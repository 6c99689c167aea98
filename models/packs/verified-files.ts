import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../../core/store/atomic-file.js';

const rememberedSchema = z.record(
  z.string(),
  z.strictObject({ bytes: z.number(), modifiedMs: z.number(), sha256: z.string() }),
);

/**
 * SHA-256 of files, remembered by path, size and modification time in the cache folder: hashing 600 MB takes seconds,
 * a second run takes none. What is remembered never decides more than the file system does already: whoever can write
 * the cache folder can write the packs in it.
 */
export class VerifiedFiles {
  private remembered: z.infer<typeof rememberedSchema> | null = null;
  private changed = false;

  constructor(private readonly cacheDir: string) {}

  /** Null when there is no such file. */
  async sha256Of(path: string): Promise<string | null> {
    const found = await stat(path).catch(() => null);
    if (!found?.isFile()) return null;
    const remembered = (this.remembered ??= await this.read());
    const known = remembered[path];
    if (known?.bytes === found.size && known.modifiedMs === found.mtimeMs) return known.sha256;
    const sha256 = await hashFile(path);
    remembered[path] = { bytes: found.size, modifiedMs: found.mtimeMs, sha256 };
    this.changed = true;
    return sha256;
  }

  /** A cache that cannot be written costs time, not the run. */
  async save(): Promise<void> {
    if (!this.changed) return;
    try {
      await mkdir(this.cacheDir, { recursive: true });
      await writeFileAtomically(this.file, JSON.stringify(this.remembered));
      this.changed = false;
    } catch {
      return;
    }
  }

  private get file(): string {
    return join(this.cacheDir, 'verified.json');
  }

  private async read(): Promise<z.infer<typeof rememberedSchema>> {
    try {
      return rememberedSchema.parse(JSON.parse(await readFile(this.file, 'utf8')));
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
