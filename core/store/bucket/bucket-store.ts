import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EarsightError, toEarsightError } from '../../errors.js';
import { Artefact, type Source } from '../../stage.js';
import { ArtefactStore } from '../artefact-store.js';
import { readSeal } from '../seal.js';
import { inputRecipe, LOST_MS, type Fill, type Lease, type Recipe, type Store } from '../store.js';
import { BucketArtefacts, newAttempt, type BucketSeal } from './bucket-artefacts.js';
import type { Bucket } from './bucket.js';
import { MOST_CACHED_BYTES, trimCache } from './trim-cache.js';

/** The cache is looked through again when it has grown by this part of its bound. */
const TRIM_PART = 0.01;

/** The one file of a source's artefact. */
const INPUT_FILE = 'input';

export interface BucketStoreOptions {
  readonly bucket: Bucket;
  /** A folder of this machine for what is made here and what was fetched. Several processes may share it. */
  readonly cacheFolder: string;
  readonly mostCachedBytes?: number;
}

/**
 * The store of machines that share no folder: a bucket, and on each machine a bounded cache of it.
 *
 *     artefacts/ scratch/   as BucketArtefacts says; a submitter's inputs lie in scratch/ under the hash of their content
 *     holds/KEY/HOLDER      who still reads which scratch artefact
 *     runs/ quarantine/     documents, see BucketDocuments
 *
 * What is there is always asked of the bucket: a seal costs one small request. The cache is keyed by artefact and
 * attempt, so one that was made anew is fetched anew.
 */
export class BucketStore implements Store {
  private readonly artefacts: BucketArtefacts;
  private grownBytes = Infinity;

  private constructor(
    private readonly bucket: Bucket,
    private readonly cache: ArtefactStore,
    private readonly mostBytes: number,
  ) {
    this.artefacts = new BucketArtefacts(bucket);
  }

  /** @throws EarsightError EARSIGHT_OUTPUT_UNWRITABLE, EARSIGHT_DISK_FULL. */
  static async open({
    bucket,
    cacheFolder,
    mostCachedBytes = MOST_CACHED_BYTES,
  }: BucketStoreOptions): Promise<BucketStore> {
    const cache = await ArtefactStore.open(cacheFolder);
    await cache.sweep();
    return new BucketStore(bucket, cache, mostCachedBytes);
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
    // Of processes that share the cache one makes it; those of other machines have their own attempts.
    const making = async (): Promise<void> => {
      if (await this.has(recipe, signal)) return;
      const attempt = newAttempt();
      const local = cached(recipe, attempt);
      const holder = newHolder();
      await this.cache.hold(local.key, holder);
      try {
        const { folder } = await this.cache.make(local, fill, signal);
        const made = await readSeal(folder, local.key);
        if (made === null) throw new EarsightError('EARSIGHT_STORE_CORRUPT', { key: `${recipe.stage} ${recipe.key}` });
        const toSend = made.files.map(({ path }) => ({ path, from: join(folder, path) }));
        const files = await this.artefacts.send(recipe, attempt, toSend, signal);
        await this.artefacts.publish(recipe, { attempt, files, warnings: made.warnings });
        await this.grow(files);
      } finally {
        await this.cache.releaseHold(local.key, holder);
      }
    };
    await this.cache.alone(recipe.key, making, signal);
  }

  /** Gives the store the bytes of a source, held for a job until that lets go of them. */
  async takeInput(source: Source, holder: string, signal?: AbortSignal): Promise<void> {
    const recipe = inputRecipe(source);
    await this.hold(recipe.key, holder, signal);
    if (await this.has(recipe, signal)) return;
    const attempt = newAttempt();
    const sent = [{ path: INPUT_FILE, from: source.path }];
    const files = await this.artefacts.send(recipe, attempt, sent, signal).catch((error: unknown) => {
      throw toEarsightError(error, source.path);
    });
    if (files[0]?.sha256 !== source.sha256) {
      await this.artefacts.takeAway(recipe, { attempt, files });
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
      const fetching: Fill = async (folder) => {
        await this.artefacts.fetch(recipe, seal, folder, signal);
        fetched.push(seal.files);
        return seal.warnings;
      };
      const { folder } = await this.cache.make(local, fetching, signal);
      await this.cache.touch(local);
      await this.grow(fetched.flat());
      return new Artefact({ key: recipe.key, stage: recipe.stage, folder });
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
      if (Date.now() - modifiedMs < LOST_MS) return;
    await this.artefacts.remove(recipe);
    for (const key of await readdir(join(this.cache.root, 'scratch')))
      if (key.startsWith(`${recipe.key}-`)) await this.cache.drop({ ...recipe, key });
  }

  async dropIdleScratch(): Promise<void> {
    for (const key of await this.artefacts.scratchKeys()) await this.drop({ key, stage: '', scratch: true });
  }

  /** More lies in the cache than before. */
  private async grow(files: readonly { readonly bytes: number }[]): Promise<void> {
    this.grownBytes += files.reduce((sum, { bytes }) => sum + bytes, 0);
    if (this.grownBytes < this.mostBytes * TRIM_PART) return;
    this.grownBytes = 0;
    await trimCache(this.cache, this.mostBytes);
  }
}

function cached(recipe: Recipe, attempt: string): Recipe {
  return { ...recipe, key: `${recipe.key}-${attempt}` };
}

function holdName(key: string, holder: string): string {
  return `holds/${key}/${holder}`;
}

function newHolder(): string {
  return `lease-${randomBytes(6).toString('hex')}`;
}
