import { existsSync, statSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BUILT_IN } from '../../models/packs/built-in.js';
import { defaultCacheDir, packFolder } from '../../models/packs/cache-dir.js';
import { packReference, resolvePacks, type ResolvedStack } from '../../models/packs/resolve-packs.js';
import { EarsightError, toEarsightError } from '../../core/errors.js';

/** The pack that a run uses when none is named and it has been pulled or can be. */
const DEFAULT_PACK = 'clip-clap';

/** As the only name: a run without networks. */
export const NO_PACK = 'none';

/** A hub that could not be reached is not tried again for this long: a failed attempt takes seconds, on every run. */
const HUB_RETRY_MS = 10 * 60_000;

export interface ChosenPacks {
  /** Null when the packs hold no network that can be used: the run does everything that needs no weights. */
  readonly resolved: ResolvedStack | null;
  /** Finds the same packs again from any working folder: names of pulled packs and absolute paths of others. */
  readonly references: readonly string[];
  /** Networks that were left out, and why. */
  readonly warnings: readonly EarsightError[];
  /** How to get more labels; null when there is nothing to add. */
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
 * Chooses the packs of a run: the named ones, or else the default one, which is fetched on first use. When the model
 * hub cannot be reached, the built-in pack is used instead, unless the default pack was named.
 * @throws EarsightError EARSIGHT_PACK_MISSING, EARSIGHT_PACK_INVALID, EARSIGHT_PACK_HASH, EARSIGHT_HUB_…, EARSIGHT_USAGE.
 */
export async function choosePacks(choice: PackChoice): Promise<ChosenPacks> {
  if (choice.named.includes(NO_PACK)) return withoutPacks(choice.named);
  if (choice.named.length > 0) {
    if (choice.named.includes(DEFAULT_PACK) && !isPulled() && !choice.offline) await pull(choice);
    return await resolveChosen(choice.named);
  }
  if (isPulled()) return await resolveChosen([DEFAULT_PACK]);
  if (choice.offline) return await chooseBuiltIn('no pack is here');
  const marker = join(defaultCacheDir(), 'hub-unreachable');
  const sinceFailureMs = Date.now() - (statSync(marker, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  if (sinceFailureMs < HUB_RETRY_MS) return await chooseBuiltIn('the model hub could not be reached a while ago');
  try {
    await pull(choice);
  } catch (error) {
    const { code, message } = toEarsightError(error);
    if (code === 'EARSIGHT_CANCELLED') throw error;
    if (code === 'EARSIGHT_HUB_UNREACHABLE') {
      await mkdir(defaultCacheDir(), { recursive: true });
      await writeFile(marker, '');
    }
    return await chooseBuiltIn(message);
  }
  await rm(marker, { force: true });
  return await resolveChosen([DEFAULT_PACK]);
}

/** No references: workers of a fleet then use no packs either. */
function withoutPacks(named: readonly string[]): ChosenPacks {
  if (named.length > 1)
    throw new EarsightError('EARSIGHT_USAGE', { reason: `--pack ${NO_PACK} cannot be combined with another pack` });
  return { resolved: null, references: [], warnings: [], advice: null };
}

/** @param reason why the default pack is not used; shown to the user. */
async function chooseBuiltIn(reason: string): Promise<ChosenPacks> {
  const chosen = await resolveChosen([BUILT_IN]);
  const advice = `\`earsight packs pull ${DEFAULT_PACK}\` adds`;
  if (chosen.resolved === null) return { ...chosen, advice: `${reason}: no labels; ${advice} them` };
  return { ...chosen, advice: `${reason}; ${advice} CLIP and CLAP` };
}

async function resolveChosen(packs: readonly string[]): Promise<ChosenPacks> {
  const resolved = await resolvePacks(packs);
  const { models, warnings } = resolved;
  const references = packs.map((pack) => packReference(pack));
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
