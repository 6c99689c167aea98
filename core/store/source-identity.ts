import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EarsightError, toEarsightError } from '../errors.js';
import type { Source } from '../stage.js';
import { readJson, writeFileAtomically } from './atomic-file.js';
import { hashOf } from './canonical-json.js';
import { hashFile } from './seal.js';

/** What tells, without reading a file, that it is still the one that was read before. */
export const fileStampSchema = z.strictObject({ bytes: z.number().int(), modifiedNs: z.string(), inode: z.string() });
export type FileStamp = z.infer<typeof fileStampSchema>;

const rememberedSchema = z.strictObject({ path: z.string(), stamp: fileStampSchema, sha256: z.string() });

/** @throws EarsightError EARSIGHT_INPUT_MISSING, EARSIGHT_INPUT_UNREADABLE, EARSIGHT_INPUT_NOT_MEDIA for no plain file. */
export async function stampFile(path: string): Promise<FileStamp> {
  const found = await stat(path, { bigint: true }).catch((error: unknown) => {
    throw toEarsightError(error, path);
  });
  // A pipe or a device could be read for ever.
  if (!found.isFile()) throw new EarsightError('EARSIGHT_INPUT_NOT_MEDIA', { path, reason: 'not a plain file' });
  return { bytes: Number(found.size), modifiedNs: String(found.mtimeNs), inode: String(found.ino) };
}

export function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.bytes === b.bytes && a.modifiedNs === b.modifiedNs && a.inode === b.inode;
}

/**
 * The file by its content. The hash is remembered in `folder` under (path, size, modification time, inode), so that
 * another run does not read every byte again.
 * @throws EarsightError also EARSIGHT_INPUT_EMPTY, and EARSIGHT_INPUT_CHANGED when it is being written.
 */
export async function identifySource(folder: string, path: string, signal?: AbortSignal): Promise<Source> {
  const stamp = await stampFile(path);
  if (stamp.bytes === 0) throw new EarsightError('EARSIGHT_INPUT_EMPTY', { path });
  const remembered = await recall(folder, path);
  if (remembered !== null && sameStamp(remembered.stamp, stamp))
    return { path, sha256: remembered.sha256, bytes: stamp.bytes };
  const sha256 = await hashFile(path, signal).catch((error: unknown) => {
    throw toEarsightError(error, path);
  });
  if (!sameStamp(await stampFile(path), stamp)) throw new EarsightError('EARSIGHT_INPUT_CHANGED', { path });
  await mkdir(folder, { recursive: true });
  await writeFileAtomically(memoryOf(folder, path), JSON.stringify({ path, stamp, sha256 }));
  return { path, sha256, bytes: stamp.bytes };
}

/** What was read at that path last, though it may be gone; null if it never was. */
export async function recallSource(folder: string, path: string): Promise<Source | null> {
  const remembered = await recall(folder, path);
  return remembered && { path, sha256: remembered.sha256, bytes: remembered.stamp.bytes };
}

export async function forgetSource(folder: string, path: string): Promise<void> {
  await rm(memoryOf(folder, path), { force: true });
}

async function recall(folder: string, path: string): Promise<z.infer<typeof rememberedSchema> | null> {
  const parsed = rememberedSchema.safeParse(await readJson(memoryOf(folder, path)));
  return parsed.success && parsed.data.path === path ? parsed.data : null;
}

function memoryOf(folder: string, path: string): string {
  return join(folder, `${hashOf(path).slice(0, 32)}.json`);
}
