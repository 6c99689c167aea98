import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EarsightError } from '../../../core/errors.js';
import { asCacheError, defaultCacheDir, packFolder } from '../cache-dir.js';
import type { Manifest } from '../../manifest/manifest.js';
import { VerifiedFiles } from '../verified-files.js';
import { writeFileAtomically } from '../../../core/store/atomic-file.js';
import { downloadFile } from './download-file.js';
import { DEFAULT_HUB, HubClient } from './hub-client.js';
import { readLock, writeLock, type PackLock } from './lock-file.js';
import { PULLABLE, type HubSource, type PackSource } from './pack-source.js';

export interface PullProgress {
  readonly file: string;
  readonly receivedBytes: number;
  /** Of all files; null while the hub has not said. */
  readonly totalBytes: number | null;
}

export interface PullOptions {
  readonly cacheDir?: string;
  /** Base address; the environment's EARSIGHT_HUB, or the public hub. */
  readonly hub?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PullProgress) => void;
}

/**
 * Fetches a pack into the cache and resolves to its folder. Can be broken off at any moment and run again: whole files
 * are kept, a half one is continued, and `pack.json` is written last, so that a half pack is never used.
 * @throws EARSIGHT_PACK_MISSING (no such name), EARSIGHT_HUB_UNREACHABLE, EARSIGHT_HUB_REFUSED, EARSIGHT_PACK_HASH,
 * EARSIGHT_CACHE_UNWRITABLE
 */
export async function pullPack(nameOrSource: string | PackSource, options: PullOptions = {}): Promise<string> {
  const pack = typeof nameOrSource === 'string' ? pullable(nameOrSource) : nameOrSource;
  const cacheDir = options.cacheDir ?? defaultCacheDir();
  const folder = packFolder(cacheDir, pack.name);
  const hub = new HubClient(options.hub ?? process.env['EARSIGHT_HUB'] ?? DEFAULT_HUB, options.signal);
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw asCacheError(error, folder);
  });
  let lock = await readLock(folder);
  const plans = [];
  for (const source of pack.sources) plans.push(await planOf(source, lock, hub));
  const sizes = plans.flatMap(({ files }) => files.map(({ bytes }) => bytes));
  const totalBytes = sizes.every((bytes) => bytes !== null) ? sizes.reduce((sum, bytes) => sum + bytes, 0) : null;
  const verified = new VerifiedFiles(cacheDir);
  let receivedBytes = 0;
  for (const { source, commit, files } of plans)
    for (const { path, sha256, bytes } of files) {
      const target = join(folder, source.folder, path);
      const advance = (more: number): void => {
        receivedBytes += more;
        options.onProgress?.({ file: `${source.folder}/${path}`, receivedBytes, totalBytes });
      };
      let found = sha256 === null ? null : await verified.sha256Of(target);
      if (found !== null && found === sha256) advance(bytes ?? 0);
      else {
        const { repository } = source;
        found = await downloadFile(hub, { repository, revision: commit, path, target, sha256 }, advance);
      }
      lock = locked(lock, source, commit, path, found);
      await writeLock(folder, lock);
    }
  await verified.save();
  await writeFileAtomically(join(folder, 'pack.json'), `${JSON.stringify(manifestOf(pack, lock), null, 2)}\n`);
  return folder;
}

function pullable(name: string): PackSource {
  const pack = PULLABLE.find((known) => known.name === name);
  if (!pack) throw new EarsightError('EARSIGHT_PACK_MISSING', { path: name });
  return pack;
}

interface Plan {
  readonly source: HubSource;
  readonly commit: string;
  readonly files: readonly { readonly path: string; readonly sha256: string | null; readonly bytes: number | null }[];
}

/** The locked commit where there is one; else the one that the revision stands for now. */
async function planOf(source: HubSource, lock: PackLock, hub: HubClient): Promise<Plan> {
  const known = lock.sources[source.repository];
  let commit = known?.commit ?? null;
  const files = [];
  for (const { path, sha256 } of source.files) {
    const info = await hub.inspect(source.repository, commit ?? source.revision, path);
    commit ??= info.commit;
    const expected = sha256 ?? known?.files[path] ?? info.sha256;
    files.push({ path, sha256: expected, bytes: info.bytes });
  }
  return { source, commit: commit ?? source.revision, files };
}

function locked(lock: PackLock, { repository }: HubSource, commit: string, path: string, sha256: string): PackLock {
  const files = { ...lock.sources[repository]?.files, [path]: sha256 };
  return { ...lock, sources: { ...lock.sources, [repository]: { commit, files } } };
}

function manifestOf(pack: PackSource, lock: PackLock): Manifest {
  const models = pack.sources.map(({ repository, folder, model, files }) => {
    const known = lock.sources[repository];
    return {
      ...model,
      source: repository,
      ...(known ? { revision: known.commit } : {}),
      folder,
      files: files.map(({ path }) => ({ path: `${folder}/${path}`, sha256: known?.files[path] ?? '' })),
    };
  });
  return { schema: 1, name: pack.name, description: pack.description, models };
}
