import { existsSync, statSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BUILT_IN } from '../../models/packs/built-in.js';
import { defaultCacheDir, packFolder } from '../../models/packs/cache-dir.js';
import { packReference, resolvePacks, type ResolvedStack } from '../../models/packs/resolve-packs.js';
import { toEarsightError, type EarsightError } from '../../core/errors.js';

/** The pack that a run takes when none is named and the model hub was or can be reached. */
const DEFAULT_PACK = 'clip-clap';

/** A hub that did not answer is left alone for so long: noticing it takes seconds, which every rerun would pay again. */
const HUB_REST_MS = 10 * 60_000;

export interface ChosenPacks {
  /** Null: the run does everything that needs no weights. */
  readonly resolved: ResolvedStack | null;
  /** What finds the same packs again, from any folder: names of pulled ones and absolute paths of others. */
  readonly references: readonly string[];
  /** Networks that were left out, and why. */
  readonly warnings: readonly EarsightError[];
  /** What to do about labels, when there is something to say. */
  readonly advice: string | null;
}

/** Progress of a pack that is being fetched from the model hub. */
export interface PullEvent {
  readonly type: 'pull';
  readonly pack: string;
  readonly file: string;
  readonly bytes: number;
  /** Size of the file in bytes; null where the hub does not say. */
  readonly of: number | null;
}

export interface PackChoice {
  readonly named: readonly string[];
  readonly offline: boolean;
  readonly signal: AbortSignal;
  readonly onEvent: (event: PullEvent) => void;
}

/**
 * The packs of a run: the named ones, else the default one, which is fetched on first use. Where its hub cannot be
 * reached the built-in pack takes its place, unless it was asked for by name.
 * @throws EarsightError EARSIGHT_PACK_MISSING, EARSIGHT_PACK_INVALID, EARSIGHT_PACK_HASH, EARSIGHT_HUB_….
 */
export async function choosePacks(choice: PackChoice): Promise<ChosenPacks> {
  if (choice.named.length > 0) {
    if (choice.named.includes(DEFAULT_PACK) && !isPulled() && !choice.offline) await pull(choice);
    return await only(choice.named);
  }
  if (isPulled()) return await only([DEFAULT_PACK]);
  if (choice.offline) return await builtIn('no pack is here');
  const mark = join(defaultCacheDir(), 'hub-unreachable');
  const restedMs = Date.now() - (statSync(mark, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  if (restedMs < HUB_REST_MS) return await builtIn('the model hub could not be reached a while ago');
  try {
    await pull(choice);
  } catch (error) {
    const { code, message } = toEarsightError(error);
    if (code === 'EARSIGHT_CANCELLED') throw error;
    if (code === 'EARSIGHT_HUB_UNREACHABLE') {
      await mkdir(defaultCacheDir(), { recursive: true });
      await writeFile(mark, '');
    }
    return await builtIn(message);
  }
  await rm(mark, { force: true });
  return await only([DEFAULT_PACK]);
}

async function builtIn(reason: string): Promise<ChosenPacks> {
  const chosen = await only([BUILT_IN]);
  const advice = `\`earsight packs pull ${DEFAULT_PACK}\` adds`;
  if (chosen.resolved === null) return { ...chosen, advice: `${reason}: no labels; ${advice} them` };
  return { ...chosen, advice: `${reason}; ${advice} CLIP and CLAP` };
}

async function only(packs: readonly string[]): Promise<ChosenPacks> {
  const resolved = await resolvePacks(packs);
  const { models, warnings } = resolved;
  const references = packs.map((pack) => packReference(pack));
  // Without a single network there is nothing to load.
  return { resolved: models.length === 0 ? null : resolved, references, warnings, advice: null };
}

function isPulled(): boolean {
  return existsSync(join(packFolder(defaultCacheDir(), DEFAULT_PACK), 'pack.json'));
}

async function pull({ signal, onEvent }: PackChoice): Promise<void> {
  const { pullPack } = await import('../../models/packs/pull/pull-pack.js');
  await pullPack(DEFAULT_PACK, {
    signal,
    onProgress: ({ file, receivedBytes, totalBytes }) =>
      onEvent({ type: 'pull', pack: DEFAULT_PACK, file, bytes: receivedBytes, of: totalBytes }),
  });
}
