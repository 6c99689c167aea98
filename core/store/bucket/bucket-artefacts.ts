import { randomBytes } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import PQueue from 'p-queue';
import { z } from 'zod';
import { EarsightError } from '../../errors.js';
import { warningSchema } from '../../warnings.js';
import type { Recipe } from '../store.js';
import type { Bucket } from './bucket.js';

/** Limits the concurrent file transfers of this process: a few saturate any network. */
const transfers = new PQueue({ concurrency: 8 });

/** A file that arrives damaged is downloaded again, because it may have been damaged on the way. */
const DOWNLOAD_ATTEMPTS = 2;

const pathSchema = z
  .string()
  .refine((path) => !/[\\\0]/.test(path) && path.split('/').every((part) => !['', '.', '..'].includes(part)));

const sealSchema = z.strictObject({
  schema: z.literal(1),
  key: z.string(),
  stage: z.string(),
  /** The folder of the files. Only the maker of this attempt wrote to it. */
  attempt: z.string().regex(/^[0-9a-f]+$/),
  files: z.array(z.strictObject({ path: pathSchema, bytes: z.number().int().nonnegative(), sha256: z.string() })),
  warnings: z.array(warningSchema),
});
export type BucketSeal = z.infer<typeof sealSchema>;

/** A local file that becomes part of an artefact. */
export interface FileToUpload {
  /** Path in the artefact, with forward slashes. */
  readonly path: string;
  /** Path on this machine. */
  readonly from: string;
}

export function newAttempt(): string {
  return randomBytes(8).toString('hex');
}

/**
 * Keeps artefacts as objects. A maker uploads the files to a folder of its own, `artefacts/ab/abcdef…/ATTEMPT/FILE`,
 * and then writes the seal, `artefacts/ab/abcdef…/artefact.json`, which names the attempt and lists its files. Only the
 * first seal is accepted. So when two machines make an artefact, one result remains, and no reader sees a part or a
 * mixture.
 */
export class BucketArtefacts {
  constructor(private readonly bucket: Bucket) {}

  /** Returns the seal of an artefact, or null when the artefact does not exist. */
  async seal(recipe: Recipe, signal?: AbortSignal): Promise<BucketSeal | null> {
    const found = await this.bucket.read(sealName(recipe), signal);
    if (found === null) return null;
    const parsed = sealSchema.safeParse(asJson(found.text));
    return parsed.success && parsed.data.key === recipe.key ? parsed.data : null;
  }

  /** Uploads the files of an attempt. They are invisible to readers until the attempt is published. */
  async upload(
    recipe: Recipe,
    attempt: string,
    files: readonly FileToUpload[],
    signal?: AbortSignal,
  ): Promise<BucketSeal['files']> {
    return await transferAll(files, signal, async ({ path, from }, stop) => {
      const { size } = await stat(from);
      const sha256 = await this.bucket.upload(fileName(recipe, attempt, path), from, size, stop);
      return { path, bytes: size, sha256 };
    });
  }

  /** Makes an uploaded attempt the artefact. If another machine was faster, the attempt is deleted. */
  async publish(recipe: Recipe, seal: Omit<BucketSeal, 'schema' | 'key' | 'stage'>): Promise<void> {
    const text = JSON.stringify({ schema: 1, key: recipe.key, stage: recipe.stage, ...seal } satisfies BucketSeal);
    if (await this.bucket.write(sealName(recipe), text, { absent: true })) return;
    const found = await this.seal(recipe);
    // An unreadable seal would otherwise prevent the artefact from ever being made.
    if (found === null) await this.bucket.write(sealName(recipe), text);
    // The existing seal can be our own: when the response was lost, the client sent the same request again.
    else if (found.attempt !== seal.attempt) await this.deleteAttempt(recipe, seal);
  }

  async deleteAttempt(recipe: Recipe, { attempt, files }: Pick<BucketSeal, 'attempt' | 'files'>): Promise<void> {
    for (const { path } of files) await this.bucket.remove(fileName(recipe, attempt, path));
  }

  /**
   * Downloads the files of an artefact and compares them with its seal.
   * @throws EarsightError EARSIGHT_STORE_CORRUPT when a file is damaged or missing. The seal is then removed, so that
   * the artefact is made again.
   */
  async download(recipe: Recipe, seal: BucketSeal, folder: string, signal?: AbortSignal): Promise<void> {
    const damaged: string[] = [];
    await transferAll(seal.files, signal, async (file, stop) => {
      const target = join(folder, file.path);
      await mkdir(dirname(target), { recursive: true });
      for (let attempt = 1; attempt <= DOWNLOAD_ATTEMPTS; attempt++)
        if ((await this.bucket.download(fileName(recipe, seal.attempt, file.path), target, stop)) === file.sha256)
          return;
      damaged.push(file.path);
    });
    if (damaged.length === 0) return;
    await this.bucket.remove(sealName(recipe));
    throw new EarsightError('EARSIGHT_STORE_CORRUPT', { key: `${recipe.stage} ${recipe.key}` });
  }

  /** Removes an artefact. The seal is removed first, so that no reader sees a part of the artefact. */
  async remove(recipe: Recipe): Promise<void> {
    await this.bucket.remove(sealName(recipe));
    for await (const { name } of this.bucket.list(`${folderOf(recipe)}/`)) await this.bucket.remove(name);
  }

  /** Returns the keys of all scratch artefacts, including those that are only partly uploaded. */
  async scratchKeys(): Promise<ReadonlySet<string>> {
    const keys = new Set<string>();
    for await (const { name } of this.bucket.list('scratch/')) keys.add(name.split('/')[1] ?? '');
    return keys;
  }
}

/** Runs the transfers concurrently. The first failure stops the others, and is thrown when all have stopped. */
async function transferAll<Item, Result>(
  items: readonly Item[],
  signal: AbortSignal | undefined,
  work: (item: Item, stop: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  const failure = new AbortController();
  const stop = signal === undefined ? failure.signal : AbortSignal.any([signal, failure.signal]);
  const outcomes = await Promise.allSettled(
    items.map(async (item) => {
      try {
        return await transfers.add(async () => {
          stop.throwIfAborted();
          return await work(item, stop);
        });
      } catch (error) {
        failure.abort(error);
        throw error;
      }
    }),
  );
  signal?.throwIfAborted();
  if (failure.signal.aborted) throw failure.signal.reason;
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
}

function folderOf({ key, scratch }: Recipe): string {
  return scratch ? `scratch/${key}` : `artefacts/${key.slice(0, 2)}/${key}`;
}

function sealName(recipe: Recipe): string {
  return `${folderOf(recipe)}/artefact.json`;
}

function fileName(recipe: Recipe, attempt: string, path: string): string {
  return `${folderOf(recipe)}/${attempt}/${path}`;
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
