import { createHash } from 'node:crypto';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { warningSchema, type Warning } from '../warnings.js';
import { readJson, syncFile, syncFolder, writeFileAtomically } from './atomic-file.js';

/**
 * Files up to this size are hashed; of larger ones only the size is recorded. All results are smaller; raw frames and
 * sound are larger.
 */
const MAX_HASHED_BYTES = 1024 * 1024;
/** Bytes per read: large enough that the cost of the calls does not matter. */
const READ_BYTES = 1024 * 1024;
const SEAL = 'artefact.json';

const sealSchema = z.strictObject({
  schema: z.literal(1),
  key: z.string(),
  stage: z.string(),
  files: z.array(
    z.strictObject({ path: z.string(), bytes: z.number().int().nonnegative(), sha256: z.string().optional() }),
  ),
  warnings: z.array(warningSchema),
});
export type Seal = z.infer<typeof sealSchema>;

/** Writes `artefact.json`, which lists the files of a finished folder, and forces all of them to the disk. */
export async function seal(folder: string, key: string, stage: string, warnings: readonly Warning[]): Promise<void> {
  const files = [];
  for (const path of await filesBelow(folder)) {
    const target = join(folder, path);
    const { size } = await stat(target);
    files.push(
      size <= MAX_HASHED_BYTES ? { path, bytes: size, sha256: await hashFile(target) } : { path, bytes: size },
    );
    await syncFile(target);
  }
  const contents: Seal = { schema: 1, key, stage, files, warnings: [...warnings] };
  await writeFileAtomically(join(folder, SEAL), JSON.stringify(contents));
}

/** Returns the seal of a folder after checking its files; null when anything is missing, truncated or altered. */
export async function readSeal(folder: string, key: string): Promise<Seal | null> {
  const parsed = sealSchema.safeParse(await readJson(join(folder, SEAL)));
  if (!parsed.success || parsed.data.key !== key) return null;
  for (const file of parsed.data.files) {
    const target = join(folder, file.path);
    const found = await stat(target).catch(() => null);
    if (found?.size !== file.bytes) return null;
    if (file.sha256 !== undefined && (await hashFile(target)) !== file.sha256) return null;
  }
  return parsed.data;
}

/** Returns the size of a folder in bytes as its seal records it, unchecked; 0 without a seal. */
export async function sealedBytes(folder: string): Promise<number> {
  const parsed = sealSchema.safeParse(await readJson(join(folder, SEAL)));
  return parsed.success ? parsed.data.files.reduce((sum, { bytes }) => sum + bytes, 0) : 0;
}

/**
 * Returns the files of a folder without the seal: sorted relative paths with forward slashes. Syncs the folders below
 * it.
 */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) if (entry.isDirectory()) await syncFolder(join(entry.parentPath, entry.name));
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter((path) => path !== SEAL)
    .sort();
}

/**
 * SHA-256 of a file's bytes, in hex. The file is read through one buffer that is no larger than the file; a stream
 * allocates a new buffer per read and one more at the end, which is two megabytes for a file of a few bytes.
 */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  const file = await open(path);
  try {
    const hash = createHash('sha256');
    const { size } = await file.stat();
    const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(size, READ_BYTES)));
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
