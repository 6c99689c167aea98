import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { lstat, open, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { warningSchema, type Warning } from '../warnings.js';
import type { Recipe } from './store.js';
import { readJson, syncFile } from './atomic-file.js';

/**
 * Files of scratch artefacts up to this size are hashed; of larger ones, raw frames and sound, only the size is
 * recorded: they are never published, are read once and dropped, and hashing them would take longer than reading them.
 * Of all other artefacts every file is hashed.
 */
const MAX_SCRATCH_HASHED_BYTES = 1024 * 1024;
/** How many files that were found unaltered are remembered, at about 200 bytes each. */
const MAX_REMEMBERED = 10_000;
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
export type SealedFile = Seal['files'][number];

/**
 * Writes `artefact.json`, which lists the files of a finished folder. Only files that are not hashed are forced to the
 * disk: any other file that a power cut damages no longer matches its hash, so the artefact is made again. With a flush of
 * each file, the flushes took most of the time of a very short input.
 */
export async function seal(
  folder: string,
  { key, stage, scratch }: Recipe,
  warnings: readonly Warning[],
): Promise<void> {
  const files = [];
  for (const path of await filesBelow(folder)) {
    const target = join(folder, path);
    const found = await lstat(target, { bigint: true });
    const bytes = Number(found.size);
    if (isHashed(scratch, bytes)) files.push({ path, bytes, sha256: await hashFile(target) });
    else {
      await syncFile(target);
      files.push({ path, bytes });
    }
  }
  const contents: Seal = { schema: 1, key, stage, files, warnings: [...warnings] };
  // The folder has no other reader yet, and a seal that is not whole is no seal.
  await writeFile(join(folder, SEAL), JSON.stringify(contents));
}

/**
 * Returns the seal of a folder after checking its files; null when anything is missing, truncated or altered. A large
 * file is read again only when its time of change, which no program can set, or its inode differs from when it was last
 * found unaltered.
 */
export async function readSeal(folder: string, { key, scratch }: Omit<Recipe, 'stage'>): Promise<Seal | null> {
  const parsed = sealSchema.safeParse(await readJson(join(folder, SEAL)));
  if (!parsed.success || parsed.data.key !== key) return null;
  for (const file of parsed.data.files) if (!(await isUnaltered(folder, file, scratch))) return null;
  return parsed.data;
}

async function isUnaltered(folder: string, file: SealedFile, scratch: boolean): Promise<boolean> {
  const target = join(folder, file.path);
  const found = await lstat(target, { bigint: true }).catch(() => null);
  if (found?.isFile() !== true || Number(found.size) !== file.bytes) return false;
  // Earlier versions did not hash large files.
  if (file.sha256 === undefined) return !isHashed(scratch, file.bytes);
  const state = stateOf(found, file.sha256);
  if (unaltered.get(target) === state) return true;
  if ((await hashFile(target)) !== file.sha256) return false;
  const [oldest] = unaltered.keys();
  if (unaltered.size >= MAX_REMEMBERED && oldest !== undefined) unaltered.delete(oldest);
  unaltered.set(target, state);
  return true;
}

/** The state of each file in which this process has found it unaltered. */
const unaltered = new Map<string, string>();

function stateOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats, sha256: string): string {
  return `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs} ${sha256}`;
}

function isHashed(scratch: boolean, bytes: number): boolean {
  return !scratch || bytes <= MAX_SCRATCH_HASHED_BYTES;
}

/** Returns what the seal of an artefact says about its files, unchecked; nothing without a seal. */
export async function sealedFiles(folder: string): Promise<readonly SealedFile[]> {
  const parsed = sealSchema.safeParse(await readJson(join(folder, SEAL)));
  return parsed.success ? parsed.data.files : [];
}

/** Returns the size of a folder in bytes as its seal records it, unchecked; 0 without a seal. */
export async function sealedBytes(folder: string): Promise<number> {
  return (await sealedFiles(folder)).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Returns the files of a folder without the seal: sorted relative paths with forward slashes. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
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
