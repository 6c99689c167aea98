import { mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { EarsightError, toEarsightError } from '../errors.js';
import { Artefact, type Source } from '../stage.js';
import type { Warning } from '../warnings.js';
import { acquireLock, removeStaleLock } from './lock.js';
import { makeFolder } from './make-folder.js';
import { discard, moveEntry } from './replace-entry.js';
import { readSeal, seal, sealedBytes } from './seal.js';
import { forgetSource, identifySource, recallSource } from './source-identity.js';
import type { Fill, Lease, Recipe, Store } from './store.js';
import { isAbandoned, temporaryName } from './temporary-name.js';

/** An artefact that exists in the store. */
export interface StoredArtefact {
  readonly recipe: Recipe;
  readonly bytes: number;
  readonly usedMs: number;
}

/**
 * A store in a folder, which several machines may share, under `DIR/.earsight/`:
 *
 *     artefacts/ab/abcdef…/   results that stay                 locks/   locks of artefacts that are being made
 *     scratch/abcdef…/        raw frames and sound              holds/   holds on scratch artefacts
 *     sources/                hashes of files read before       tmp/     folders that are being filled
 *     videos/                 records of published videos
 *
 * An artefact is made in `tmp/`, sealed with the hashes of its files and renamed to its place, so it exists completely or
 * not at all. Any process may be killed at any moment. After a power cut, an artefact that did not reach the disk is made
 * again.
 */
export class ArtefactStore implements Store {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  /** @throws EarsightError EARSIGHT_OUTPUT_UNWRITABLE, EARSIGHT_DISK_FULL. */
  static async open(outputFolder: string): Promise<ArtefactStore> {
    const root = join(resolve(outputFolder), '.earsight');
    try {
      for (const part of ['artefacts', 'scratch', 'sources', 'videos', 'locks', 'holds', 'tmp'])
        await makeFolder(join(root, part));
      await writeFile(join(root, '.gitignore'), '*\n');
    } catch (error) {
      throw asOutputError(error, outputFolder);
    }
    return new ArtefactStore(root);
  }

  get cacheFolder(): string {
    return join(this.root, 'cache');
  }

  /** Removes the unfinished folders, temporary files, holds and locks of dead processes. */
  async sweep(): Promise<void> {
    for (const part of ['tmp', 'holds', 'sources', 'videos', '..'])
      for (const name of await readdir(join(this.root, part))) {
        const path = join(this.root, part, name);
        if ((part === 'tmp' || part === 'holds' || name.startsWith('.write.')) && (await isAbandoned(path)))
          await rm(path, { recursive: true, force: true });
      }
    // A process that was killed after its artefact appeared leaves a lock that no process will try to acquire again.
    for (const name of await readdir(join(this.root, 'locks'))) await removeStaleLock(join(this.root, 'locks', name));
  }

  async identify(path: string, signal?: AbortSignal): Promise<Source> {
    return await identifySource(join(this.root, 'sources'), path, signal);
  }

  async recall(path: string): Promise<Source | null> {
    return await recallSource(join(this.root, 'sources'), path);
  }

  async forgetSource(path: string): Promise<void> {
    await forgetSource(join(this.root, 'sources'), path);
  }

  /** Path of the record of a published video. `hash` identifies the video's folder below the output folder. */
  videoRecordPath(hash: string): string {
    return join(this.root, 'videos', `${hash}.json`);
  }

  /** Returns the artefact if it exists and is undamaged, otherwise null. */
  async find(recipe: Recipe): Promise<Artefact | null> {
    const folder = this.folderOf(recipe);
    const found = await readSeal(folder, recipe);
    if (found === null) return null;
    return new Artefact({ key: recipe.key, stage: recipe.stage, folder, warnings: found.warnings });
  }

  async has(recipe: Recipe): Promise<boolean> {
    return (await this.find(recipe)) !== null;
  }

  /** The artefacts are local, so there is nothing to fetch or to release. */
  borrow(): Lease {
    return {
      artefact: async (recipe) => {
        const artefact = await this.find(recipe);
        if (artefact === null)
          throw new EarsightError('EARSIGHT_STORE_CORRUPT', { key: `${recipe.stage} ${recipe.key}` });
        return artefact;
      },
      input: ({ path }) => Promise.resolve(path),
      release: () => Promise.resolve(),
    };
  }

  async make(recipe: Recipe, fill: Fill, signal?: AbortSignal): Promise<Artefact> {
    return await this.withLock(
      recipe.key,
      async () => (await this.find(recipe)) ?? (await this.fillAndPublish(recipe, fill)),
      signal,
    );
  }

  /**
   * Runs `work` while no other process runs work under the same lock name. The lock only saves work: `work` must be
   * harmless when a process that was paused for `STALE_MS` runs it at the same time.
   */
  async withLock<Result>(name: string, work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    const lock = await acquireLock(join(this.root, 'locks', name), signal).catch((error: unknown) => {
      throw asOutputError(error, this.root);
    });
    try {
      return await work();
    } finally {
      await lock.release();
    }
  }

  private async fillAndPublish(recipe: Recipe, fill: Fill): Promise<Artefact> {
    const target = this.folderOf(recipe);
    const temporary = await this.temporaryFolder(recipe.stage);
    let warnings: readonly Warning[];
    try {
      warnings = await fill(temporary);
      await seal(temporary, recipe, warnings);
      await this.moveIn(temporary, recipe);
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      throw isDiskFull(error) ? new EarsightError('EARSIGHT_DISK_FULL', { path: target }, { cause: error }) : error;
    }
    return new Artefact({ key: recipe.key, stage: recipe.stage, folder: target, warnings });
  }

  /**
   * If another process made the artefact first, keeps that one, which may already have readers, and discards this one.
   */
  private async moveIn(temporary: string, recipe: Recipe): Promise<void> {
    const target = this.folderOf(recipe);
    const trash = join(this.root, 'tmp');
    await mkdir(join(target, '..'), { recursive: true });
    while (!(await moveEntry(temporary, target, false))) {
      if ((await this.find(recipe)) !== null) {
        await discard(temporary, trash);
        return;
      }
      await discard(target, trash);
    }
  }

  /** Makes an empty folder on the file system of the store. The caller renames or removes it. */
  async temporaryFolder(purpose: string): Promise<string> {
    const folder = join(this.root, 'tmp', temporaryName(purpose));
    try {
      await mkdir(folder);
    } catch (error) {
      throw asOutputError(error, folder);
    }
    return folder;
  }

  /** The hold ends at the latest when the process that took it ends. */
  async hold(key: string, holder: string): Promise<void> {
    const path = join(this.root, 'holds', temporaryName(`${key}.${holder}`));
    await writeFile(path, '').catch((error: unknown) => {
      throw asOutputError(error, path);
    });
  }

  async releaseHold(key: string, holder: string): Promise<void> {
    for (const name of await readdir(join(this.root, 'holds')))
      if (name.startsWith(`${key}.${holder}.`)) await rm(join(this.root, 'holds', name), { force: true });
  }

  async forget(recipe: Recipe): Promise<void> {
    await discard(this.folderOf(recipe), join(this.root, 'tmp'));
  }

  /** Ignores the holds of dead processes. */
  async drop(recipe: Recipe): Promise<void> {
    for (const name of await readdir(join(this.root, 'holds')))
      if (name.startsWith(`${recipe.key}.`) && !(await isAbandoned(join(this.root, 'holds', name)))) return;
    await discard(this.folderOf(recipe), join(this.root, 'tmp'));
  }

  async dropIdleScratch(): Promise<void> {
    for (const key of await readdir(join(this.root, 'scratch'))) await this.drop({ key, stage: '', scratch: true });
  }

  /** Yields every artefact, with its size according to its seal. */
  async *list(): AsyncGenerator<StoredArtefact> {
    for (const key of await readdir(join(this.root, 'scratch')))
      yield* this.describe({ key, stage: '', scratch: true });
    for (const part of await readdir(join(this.root, 'artefacts')))
      for (const key of await readdir(join(this.root, 'artefacts', part)))
        yield* this.describe({ key, stage: '', scratch: false });
  }

  /** Records that an artefact was used now, for `StoredArtefact.usedMs`. */
  async touch(recipe: Recipe): Promise<void> {
    const now = new Date();
    await utimes(this.folderOf(recipe), now, now).catch(() => undefined);
  }

  private async *describe(recipe: Recipe): AsyncGenerator<StoredArtefact> {
    const folder = this.folderOf(recipe);
    const found = await stat(folder).catch(() => null);
    if (found !== null) yield { recipe, bytes: await sealedBytes(folder), usedMs: found.mtimeMs };
  }

  private folderOf(recipe: Recipe): string {
    return recipe.scratch
      ? join(this.root, 'scratch', recipe.key)
      : join(this.root, 'artefacts', recipe.key.slice(0, 2), recipe.key);
  }
}

/** Converts an error of writing into the output folder, which is otherwise reported as an error of the input file. */
export function asOutputError(error: unknown, path: string): EarsightError {
  const coded = toEarsightError(error, path);
  if (coded.code === 'EARSIGHT_DISK_FULL' || coded.code === 'EARSIGHT_CANCELLED') return coded;
  if (error instanceof EarsightError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new EarsightError('EARSIGHT_OUTPUT_UNWRITABLE', { path, reason }, { cause: error });
}

function isDiskFull(error: unknown): boolean {
  return toEarsightError(error).code === 'EARSIGHT_DISK_FULL';
}
