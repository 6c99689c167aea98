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
  /** The hash that the finished file must have; null if it is not known yet. */
  readonly sha256: string | null;
}

/**
 * Downloads a file to `….part` beside its target, continuing an earlier download that was cut off, and renames it when it
 * is complete and its hash is right. Resolves to its SHA-256.
 * @throws EARSIGHT_PACK_HASH (the partial file is deleted), EARSIGHT_HUB_…, EARSIGHT_DISK_FULL
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
    const received = (await stat(partial).catch(() => null))?.size ?? 0;
    await fetchInto(hub, download, partial, received, onBytes);
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
  received: number,
  onBytes: (bytes: number) => void,
): Promise<void> {
  let body;
  try {
    body = await hub.open(repository, revision, path, received);
  } catch (error) {
    // 416: the hub has no more bytes, so the earlier download was complete. The hash of the file decides.
    if (error instanceof EarsightError && error.details['status'] === 416) return;
    throw error;
  }
  const file = await open(partial, body.resumed ? 'a' : 'w');
  try {
    if (body.resumed) onBytes(received);
    for await (const chunk of body.chunks) {
      await file.write(chunk);
      onBytes(chunk.length);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}
