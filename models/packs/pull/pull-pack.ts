import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EarsightError } from '../../../core/errors.js';
import { asCacheError, defaultCacheDir, packFolder } from '../cache-dir.js';
import type { Manifest } from '../../manifest/manifest.js';
import { FileHashes } from '../file-hashes.js';
import { writeFileAtomically } from '../../../core/store/atomic-file.js';
import { downloadFile } from './download-file.js';
import { DEFAULT_HUB, HubClient } from './hub-client.js';
import { PULLABLE, type HubSource, type PackSource } from './pack-source.js';

export interface PullProgress {
  readonly file: string;
  readonly receivedBytes: number;
  /** Size of all files; null when the hub does not state it. */
  readonly totalBytes: number | null;
}

export interface PullOptions {
  readonly cacheDir?: string;
  /** Base URL; by default that in EARSIGHT_HUB, or the public hub. */
  readonly hub?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PullProgress) => void;
}

/**
 * Downloads a pack into the cache and resolves to its folder. It can be aborted at any time and run again: complete files
 * are kept, a partial one is continued, and `pack.json` is written last, so that an incomplete pack is never used.
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
  const verified = new FileHashes(cacheDir);
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

/** Uses the locked commit if there is one, and otherwise the commit that the revision refers to now. */
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

/**
 * `pack.lock.json` in the folder of a pulled pack: the commit and the hashes that the first pull received. Every later
 * pull, and every load through `pack.json`, requires the same ones.
 */
const lockSchema = z.strictObject({
  schema: z.literal(1),
  sources: z.record(
    z.string(),
    z.strictObject({ commit: z.string(), files: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)) }),
  ),
});

type PackLock = z.infer<typeof lockSchema>;

const LOCK_FILE = 'pack.lock.json';

/** Returns an empty lock when nothing was pulled yet. @throws EARSIGHT_PACK_INVALID */
async function readLock(folder: string): Promise<PackLock> {
  const text = await readFile(join(folder, LOCK_FILE), 'utf8').catch(() => null);
  if (text === null) return { schema: 1, sources: {} };
  try {
    return lockSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new EarsightError(
      'EARSIGHT_PACK_INVALID',
      { path: join(folder, LOCK_FILE), reason: 'it is damaged' },
      { cause },
    );
  }
}

async function writeLock(folder: string, lock: PackLock): Promise<void> {
  await writeFileAtomically(join(folder, LOCK_FILE), `${JSON.stringify(lock, null, 2)}\n`);
}
