import { createHash } from 'node:crypto';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readJson, syncFile, syncFolder, writeFileAtomically } from './atomic-file.js';

/** Files up to this size are hashed as well as measured: the results all are, raw frames and sound are not. */
const HASHED_BYTES = 1024 * 1024;
/** Read at once: large enough that the calls do not count. */
const READ_BYTES = 1024 * 1024;
const SEAL = 'artefact.json';

const sealSchema = z.strictObject({
  schema: z.literal(1),
  key: z.string(),
  stage: z.string(),
  files: z.array(
    z.strictObject({ path: z.string(), bytes: z.number().int().nonnegative(), sha256: z.string().optional() }),
  ),
  warnings: z.array(z.string()),
});
export type Seal = z.infer<typeof sealSchema>;

/** Writes `artefact.json`, which lists what a finished folder holds, and forces all of it to the disk. */
export async function seal(folder: string, key: string, stage: string, warnings: readonly string[]): Promise<void> {
  const files = [];
  for (const path of await filesBelow(folder)) {
    const whole = join(folder, path);
    const { size } = await stat(whole);
    files.push(size <= HASHED_BYTES ? { path, bytes: size, sha256: await hashFile(whole) } : { path, bytes: size });
    await syncFile(whole);
  }
  const contents: Seal = { schema: 1, key, stage, files, warnings: [...warnings] };
  await writeFileAtomically(join(folder, SEAL), JSON.stringify(contents));
}

/** The seal of a whole, undamaged folder; null when anything is missing, cut off or altered. */
export async function readSeal(folder: string, key: string): Promise<Seal | null> {
  const parsed = sealSchema.safeParse(await readJson(join(folder, SEAL)));
  if (!parsed.success || parsed.data.key !== key) return null;
  for (const file of parsed.data.files) {
    const whole = join(folder, file.path);
    const found = await stat(whole).catch(() => null);
    if (found?.size !== file.bytes) return null;
    if (file.sha256 !== undefined && (await hashFile(whole)) !== file.sha256) return null;
  }
  return parsed.data;
}

/** What a folder holds by its seal, unchecked; 0 without one. */
export async function sealedBytes(folder: string): Promise<number> {
  const parsed = sealSchema.safeParse(await readJson(join(folder, SEAL)));
  return parsed.success ? parsed.data.files.reduce((sum, { bytes }) => sum + bytes, 0) : 0;
}

/** Relative paths with forward slashes, sorted, the seal itself left out. */
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
 * SHA-256 of a file's bytes in hex. Read through one buffer that is no larger than the file: a stream would take a new one
 * for every piece and one more for the end, two megabytes for a file of a few bytes.
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
