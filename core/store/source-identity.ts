import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EarsightError, toEarsightError } from '../errors.js';
import type { Source } from '../stage.js';
import { readJson, writeFileAtomically } from './atomic-file.js';
import { hashOf } from './canonical-json.js';
import { hashFile } from './seal.js';

/** Properties that show, without reading a file, whether it is unchanged since it was last read. */
export const fileStampSchema = z.strictObject({
  bytes: z.number().int(),
  modifiedNs: z.string(),
  /** Unlike the modification time, no program can set it, so it also tells files apart that were given the same one. */
  changedNs: z.string(),
  inode: z.string(),
});
export type FileStamp = z.infer<typeof fileStampSchema>;

const recordSchema = z.strictObject({ path: z.string(), stamp: fileStampSchema, sha256: z.string() });

/**
 * @throws EarsightError EARSIGHT_INPUT_MISSING, EARSIGHT_INPUT_UNREADABLE, or EARSIGHT_INPUT_NOT_MEDIA when the path is
 * not a plain file.
 */
export async function stampFile(path: string): Promise<FileStamp> {
  const found = await stat(path, { bigint: true }).catch((error: unknown) => {
    throw toEarsightError(error, path);
  });
  // Reading a pipe or a device might never end.
  if (!found.isFile()) throw new EarsightError('EARSIGHT_INPUT_NOT_MEDIA', { path, reason: 'not a plain file' });
  return {
    bytes: Number(found.size),
    modifiedNs: String(found.mtimeNs),
    changedNs: String(found.ctimeNs),
    inode: String(found.ino),
  };
}

export function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.bytes === b.bytes && a.modifiedNs === b.modifiedNs && a.changedNs === b.changedNs && a.inode === b.inode;
}

/**
 * Identifies a file by its content. The hash is recorded in `folder` under (path, size, modification time, change time, inode), so
 * that another run does not read every byte again.
 * @throws EarsightError as `stampFile`, EARSIGHT_INPUT_EMPTY, and EARSIGHT_INPUT_CHANGED when the file is being
 * written.
 */
export async function identifySource(folder: string, path: string, signal?: AbortSignal): Promise<Source> {
  const stamp = await stampFile(path);
  if (stamp.bytes === 0) throw new EarsightError('EARSIGHT_INPUT_EMPTY', { path });
  const record = await readRecord(folder, path);
  if (record !== null && sameStamp(record.stamp, stamp)) return { path, sha256: record.sha256, bytes: stamp.bytes };
  const sha256 = await hashFile(path, signal).catch((error: unknown) => {
    throw toEarsightError(error, path);
  });
  if (!sameStamp(await stampFile(path), stamp)) throw new EarsightError('EARSIGHT_INPUT_CHANGED', { path });
  await mkdir(folder, { recursive: true });
  await writeFileAtomically(recordPath(folder, path), JSON.stringify({ path, stamp, sha256 }));
  return { path, sha256, bytes: stamp.bytes };
}

/** Returns what was last identified at a path, even if the file is gone; null if nothing was. */
export async function recallSource(folder: string, path: string): Promise<Source | null> {
  const record = await readRecord(folder, path);
  return record && { path, sha256: record.sha256, bytes: record.stamp.bytes };
}

export async function forgetSource(folder: string, path: string): Promise<void> {
  await rm(recordPath(folder, path), { force: true });
}

async function readRecord(folder: string, path: string): Promise<z.infer<typeof recordSchema> | null> {
  const parsed = recordSchema.safeParse(await readJson(recordPath(folder, path)));
  return parsed.success && parsed.data.path === path ? parsed.data : null;
}

function recordPath(folder: string, path: string): string {
  return join(folder, `${hashOf(path).slice(0, 32)}.json`);
}
