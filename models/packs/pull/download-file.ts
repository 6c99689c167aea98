import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EarsightError, toEarsightError } from '../../../core/errors.js';
import { hashFile } from '../file-hashes.js';
import type { HubClient } from './hub-client.js';

export interface Download {
  readonly repository: string;
  readonly revision: string;
  readonly path: string;
  readonly target: string;
  /** What the finished file must hash to; null while nobody knows. */
  readonly sha256: string | null;
}

/**
 * Fetches a file beside its place (`….part`), from where an earlier try was cut off, and moves it there when it is whole
 * and its hash is right. Resolves to its SHA-256.
 * @throws EARSIGHT_PACK_HASH (the partial file is thrown away), EARSIGHT_HUB_…, EARSIGHT_DISK_FULL
 */
export async function downloadFile(
  hub: HubClient,
  download: Download,
  onBytes: (bytes: number) => void,
): Promise<string> {
  const { repository, revision, path, target, sha256 } = download;
  const partial = `${target}.part`;
  try {
    await mkdir(dirname(target), { recursive: true });
    const have = (await stat(partial).catch(() => null))?.size ?? 0;
    await fetchInto(hub, download, partial, have, onBytes);
    const found = await hashFile(partial);
    if (sha256 !== null && found !== sha256) {
      await rm(partial);
      throw new EarsightError('EARSIGHT_PACK_HASH', {
        path: `${repository}/${path}@${revision}`,
        expected: sha256,
        found,
      });
    }
    await rename(partial, target);
    return found;
  } catch (error) {
    throw toEarsightError(error, target);
  }
}

async function fetchInto(
  hub: HubClient,
  { repository, revision, path }: Download,
  partial: string,
  have: number,
  onBytes: (bytes: number) => void,
): Promise<void> {
  let body;
  try {
    body = await hub.open(repository, revision, path, have);
  } catch (error) {
    // 416: there is nothing after what we have, so the file was whole when the earlier try ended; its hash decides.
    if (error instanceof EarsightError && error.details['status'] === 416) return;
    throw error;
  }
  const file = await open(partial, body.resumed ? 'a' : 'w');
  try {
    if (body.resumed) onBytes(have);
    for await (const chunk of body.chunks) {
      await file.write(chunk);
      onBytes(chunk.length);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}
