import { randomBytes } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import PQueue from 'p-queue';
import { z } from 'zod';
import { EarsightError } from '../../errors.js';
import type { Recipe } from '../store.js';
import type { Bucket } from './bucket.js';

/** Files on their way at once, of all artefacts of this process: a few fill any line. */
const transfers = new PQueue({ concurrency: 8 });

/** What is fetched damaged may have been damaged on the way. */
const FETCH_TRIES = 2;

const pathSchema = z
  .string()
  .refine((path) => !/[\\\0]/.test(path) && path.split('/').every((part) => !['', '.', '..'].includes(part)));

const sealSchema = z.strictObject({
  schema: z.literal(1),
  key: z.string(),
  stage: z.string(),
  /** The folder of the files, which nobody but its maker wrote to. */
  attempt: z.string().regex(/^[0-9a-f]+$/),
  files: z.array(z.strictObject({ path: pathSchema, bytes: z.number().int().nonnegative(), sha256: z.string() })),
  warnings: z.array(z.string()),
});
export type BucketSeal = z.infer<typeof sealSchema>;

/** A file of this machine that becomes part of an artefact. */
export interface FileToSend {
  /** In the artefact, with forward slashes. */
  readonly path: string;
  readonly from: string;
}

export function newAttempt(): string {
  return randomBytes(8).toString('hex');
}

/**
 * Artefacts as objects: `artefacts/ab/abcdef…/ATTEMPT/FILE`, and last of all `artefacts/ab/abcdef…/artefact.json`, the
 * seal, which says which attempt is the artefact and what its files are. Only the first seal is taken, so of two makers
 * one result is left, and nobody ever sees half of one or a mixture.
 */
export class BucketArtefacts {
  constructor(private readonly bucket: Bucket) {}

  async seal(recipe: Recipe, signal?: AbortSignal): Promise<BucketSeal | null> {
    const found = await this.bucket.read(sealName(recipe), signal);
    if (found === null) return null;
    const parsed = sealSchema.safeParse(asJson(found.text));
    return parsed.success && parsed.data.key === recipe.key ? parsed.data : null;
  }

  /** Sends files to a folder of their own, where nobody sees them yet. */
  async send(
    recipe: Recipe,
    attempt: string,
    files: readonly FileToSend[],
    signal?: AbortSignal,
  ): Promise<BucketSeal['files']> {
    return await atOnce(files, signal, async ({ path, from }, stop) => {
      const { size } = await stat(from);
      const sha256 = await this.bucket.upload(fileName(recipe, attempt, path), from, size, stop);
      return { path, bytes: size, sha256 };
    });
  }

  /** Makes what was sent the artefact, unless there is one by now: then it is taken away again. */
  async publish(recipe: Recipe, seal: Omit<BucketSeal, 'schema' | 'key' | 'stage'>): Promise<void> {
    const text = JSON.stringify({ schema: 1, key: recipe.key, stage: recipe.stage, ...seal } satisfies BucketSeal);
    if (await this.bucket.write(sealName(recipe), text, { absent: true })) return;
    const found = await this.seal(recipe);
    // A seal that cannot be read would be in everybody's way for ever.
    if (found === null) await this.bucket.write(sealName(recipe), text);
    // It may be ours: a request whose answer was lost is sent again by the client.
    else if (found.attempt !== seal.attempt) await this.takeAway(recipe, seal);
  }

  async takeAway(recipe: Recipe, { attempt, files }: Pick<BucketSeal, 'attempt' | 'files'>): Promise<void> {
    for (const { path } of files) await this.bucket.remove(fileName(recipe, attempt, path));
  }

  /**
   * Fetches the files of an artefact and compares them with its seal.
   * @throws EarsightError EARSIGHT_STORE_CORRUPT for one that stays damaged, which is then no artefact any longer.
   */
  async fetch(recipe: Recipe, seal: BucketSeal, folder: string, signal?: AbortSignal): Promise<void> {
    const damaged: string[] = [];
    await atOnce(seal.files, signal, async (file, stop) => {
      const target = join(folder, file.path);
      await mkdir(dirname(target), { recursive: true });
      for (let attempt = 1; attempt <= FETCH_TRIES; attempt++)
        if ((await this.bucket.download(fileName(recipe, seal.attempt, file.path), target, stop)) === file.sha256)
          return;
      damaged.push(file.path);
    });
    if (damaged.length === 0) return;
    await this.bucket.remove(sealName(recipe));
    throw new EarsightError('EARSIGHT_STORE_CORRUPT', { key: `${recipe.stage} ${recipe.key}` });
  }

  /** The seal goes first: whoever looks then sees nothing, not a part. */
  async remove(recipe: Recipe): Promise<void> {
    await this.bucket.remove(sealName(recipe));
    for await (const { name } of this.bucket.list(`${folderOf(recipe)}/`)) await this.bucket.remove(name);
  }

  /** Keys of scratch artefacts, also of half-sent ones. */
  async scratchKeys(): Promise<ReadonlySet<string>> {
    const keys = new Set<string>();
    for await (const { name } of this.bucket.list('scratch/')) keys.add(name.split('/')[1] ?? '');
    return keys;
  }
}

/** The first failure stops the others, and is thrown when all have stopped. */
async function atOnce<Item, Result>(
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
