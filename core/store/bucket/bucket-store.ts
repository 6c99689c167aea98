import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EarsightError, toEarsightError } from '../../errors.js';
import { Artefact, type Source } from '../../stage.js';
import { ArtefactStore } from '../artefact-store.js';
import { freeBytes } from '../free-bytes.js';
import { readSeal } from '../seal.js';
import { inputRecipe, ABANDONED_AFTER_MS, type Fill, type Lease, type Recipe, type Store } from '../store.js';
import { BucketArtefacts, newAttempt, type BucketSeal } from './bucket-artefacts.js';
import type { Bucket } from './bucket.js';

/** Default bound of the cache. A worker that has fetched this much also has what its next steps need. */
const MAX_CACHED_BYTES = 50e9;

/** The cache is trimmed each time it has grown by this fraction of its bound. */
const TRIM_FRACTION = 0.01;

/** Name of the only file in the artefact of a source. */
const INPUT_FILE = 'input';

export interface BucketStoreOptions {
  readonly bucket: Bucket;
  /** A local folder for artefacts that were made here or fetched. Several processes may share it. */
  readonly cacheFolder: string;
  readonly maxCachedBytes?: number;
}

/**
 * A store for machines that share no folder: a bucket, and on each machine a bounded cache of it.
 *
 *     artefacts/ scratch/   see BucketArtefacts; uploaded inputs are in scratch/ under the hash of their content
 *     holds/KEY/HOLDER      holds on scratch artefacts
 *     runs/ quarantine/     see BucketDocuments
 *
 * Only the bucket decides which artefacts exist: to check one costs one small request for its seal. The key of the cache
 * includes the attempt, so an artefact that was made again is fetched again.
 */
export class BucketStore implements Store {
  private readonly artefacts: BucketArtefacts;
  /** Bytes added to the cache since it was last trimmed. At first the size of the cache is unknown. */
  private grownBytes = Infinity;

  private constructor(
    private readonly bucket: Bucket,
    private readonly cache: ArtefactStore,
    private readonly maxBytes: number,
  ) {
    this.artefacts = new BucketArtefacts(bucket);
  }

  /** @throws EarsightError EARSIGHT_OUTPUT_UNWRITABLE, EARSIGHT_DISK_FULL. */
  static async open({
    bucket,
    cacheFolder,
    maxCachedBytes = MAX_CACHED_BYTES,
  }: BucketStoreOptions): Promise<BucketStore> {
    const cache = await ArtefactStore.open(cacheFolder);
    await cache.sweep();
    return new BucketStore(bucket, cache, maxCachedBytes);
  }

  get cacheFolder(): string {
    return this.cache.cacheFolder;
  }

  async identify(path: string, signal?: AbortSignal): Promise<Source> {
    return await this.cache.identify(path, signal);
  }

  async recall(path: string): Promise<Source | null> {
    return await this.cache.recall(path);
  }

  async forgetSource(path: string): Promise<void> {
    await this.cache.forgetSource(path);
  }

  async has(recipe: Recipe, signal?: AbortSignal): Promise<boolean> {
    return (await this.artefacts.seal(recipe, signal)) !== null;
  }

  async make(recipe: Recipe, fill: Fill, signal?: AbortSignal): Promise<void> {
    // Only one of the processes that share the cache makes the artefact; other machines make their own attempts.
    const makeOnce = async (): Promise<void> => {
      if (await this.has(recipe, signal)) return;
      const attempt = newAttempt();
      const local = cached(recipe, attempt);
      const holder = newHolder();
      await this.cache.hold(local.key, holder);
      try {
        const { folder } = await this.cache.make(local, fill, signal);
        const made = await readSeal(folder, local);
        if (made === null) throw new EarsightError('EARSIGHT_STORE_CORRUPT', { key: `${recipe.stage} ${recipe.key}` });
        const toUpload = made.files.map(({ path }) => ({ path, from: join(folder, path) }));
        const files = await this.artefacts.upload(recipe, attempt, toUpload, signal);
        await this.artefacts.publish(recipe, { attempt, files, warnings: made.warnings });
        await this.countGrowth(files);
      } finally {
        await this.cache.releaseHold(local.key, holder);
      }
    };
    await this.cache.withLock(recipe.key, makeOnce, signal);
  }

  /**
   * Uploads a source file and takes a hold on it for a job.
   * @throws EarsightError EARSIGHT_INPUT_CHANGED when its content no longer has the hash of `source`.
   */
  async putInput(source: Source, holder: string, signal?: AbortSignal): Promise<void> {
    const recipe = inputRecipe(source);
    await this.hold(recipe.key, holder, signal);
    if (await this.has(recipe, signal)) return;
    const attempt = newAttempt();
    const toUpload = [{ path: INPUT_FILE, from: source.path }];
    const files = await this.artefacts.upload(recipe, attempt, toUpload, signal).catch((error: unknown) => {
      throw toEarsightError(error, source.path);
    });
    if (files[0]?.sha256 !== source.sha256) {
      await this.artefacts.deleteAttempt(recipe, { attempt, files });
      throw new EarsightError('EARSIGHT_INPUT_CHANGED', { path: source.path });
    }
    await this.artefacts.publish(recipe, { attempt, files, warnings: [] });
  }

  borrow(signal?: AbortSignal): Lease {
    const holder = newHolder();
    const borrowed = new Set<string>();
    const artefact = async (recipe: Recipe): Promise<Artefact> => {
      const seal = await this.artefacts.seal(recipe, signal);
      if (seal === null) throw new EarsightError('EARSIGHT_STORE_CORRUPT', { key: `${recipe.stage} ${recipe.key}` });
      const local = cached(recipe, seal.attempt);
      if (!borrowed.has(local.key)) await this.cache.hold(local.key, holder);
      borrowed.add(local.key);
      const fetched: BucketSeal['files'][] = [];
      const fill: Fill = async (folder) => {
        await this.artefacts.download(recipe, seal, folder, signal);
        fetched.push(seal.files);
        return seal.warnings;
      };
      const { folder } = await this.cache.make(local, fill, signal);
      await this.cache.touch(local);
      await this.countGrowth(fetched.flat());
      return new Artefact({ key: recipe.key, stage: recipe.stage, folder, warnings: seal.warnings });
    };
    const input = async (source: Source): Promise<string> => {
      const found = await artefact(inputRecipe(source)).catch((error: unknown) => {
        const isGone = toEarsightError(error).code === 'EARSIGHT_STORE_CORRUPT';
        throw isGone ? new EarsightError('EARSIGHT_INPUT_MISSING', { path: source.path }, { cause: error }) : error;
      });
      return join(found.folder, INPUT_FILE);
    };
    const release = async (): Promise<void> => {
      for (const key of borrowed) await this.cache.releaseHold(key, holder);
    };
    return { artefact, input, release };
  }

  async hold(key: string, holder: string, signal?: AbortSignal): Promise<void> {
    await this.bucket.write(holdName(key, holder), '{}', undefined, signal);
  }

  async releaseHold(key: string, holder: string): Promise<void> {
    await this.bucket.remove(holdName(key, holder));
  }

  async forget(recipe: Recipe): Promise<void> {
    await this.artefacts.remove(recipe);
  }

  async drop(recipe: Recipe): Promise<void> {
    for await (const { modifiedMs } of this.bucket.list(`holds/${recipe.key}/`))
      if (Date.now() - modifiedMs < ABANDONED_AFTER_MS) return;
    await this.artefacts.remove(recipe);
    for (const key of await readdir(join(this.cache.root, 'scratch')))
      if (key.startsWith(`${recipe.key}-`)) await this.cache.drop({ ...recipe, key });
  }

  async dropIdleScratch(): Promise<void> {
    for (const key of await this.artefacts.scratchKeys()) await this.drop({ key, stage: '', scratch: true });
  }

  /** Counts files that were added to the cache, and trims it when it has grown enough. */
  private async countGrowth(files: readonly { readonly bytes: number }[]): Promise<void> {
    this.grownBytes += files.reduce((sum, { bytes }) => sum + bytes, 0);
    if (this.grownBytes < this.maxBytes * TRIM_FRACTION) return;
    this.grownBytes = 0;
    await this.trimCache();
  }

  /**
   * Removes the least recently used artefacts from the cache until it is within `maxBytes` and within half of the space
   * that the disk would have free without the cache. Artefacts with a hold stay.
   */
  private async trimCache(): Promise<void> {
    const stored = [];
    for await (const artefact of this.cache.list()) stored.push(artefact);
    let bytes = stored.reduce((sum, artefact) => sum + artefact.bytes, 0);
    const limit = Math.min(this.maxBytes, (bytes + (await freeBytes(this.cache.root))) / 2);
    for (const artefact of stored.sort((a, b) => a.usedMs - b.usedMs)) {
      if (bytes <= limit) return;
      await this.cache.drop(artefact.recipe);
      bytes -= artefact.bytes;
    }
  }
}

/** The recipe under which the cache keeps one attempt at an artefact. */
function cached(recipe: Recipe, attempt: string): Recipe {
  return { ...recipe, key: `${recipe.key}-${attempt}` };
}

function holdName(key: string, holder: string): string {
  return `holds/${key}/${holder}`;
}

function newHolder(): string {
  return `lease-${randomBytes(6).toString('hex')}`;
}
