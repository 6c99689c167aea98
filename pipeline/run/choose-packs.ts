import type { ResolvedStack } from '../../models/packs/resolve-packs.js';
import { defaultCacheDir, packFolder } from '../../models/packs/cache-dir.js';
import { resolvePacks } from '../../models/packs/resolve-packs.js';
import { existsSync } from 'node:fs';

/** The pack that a run takes when none is named. */
export const DEFAULT_PACK = 'clip-clap';

export interface ChosenPacks {
  /** Null: the run does everything that needs no weights. */
  readonly resolved: ResolvedStack | null;
  /** What to do about labels, when there is something to say. */
  readonly advice: string | null;
}

/**
 * The packs of a run: the named ones, else the default one where it is here.
 * @throws EarsightError EARSIGHT_PACK_MISSING, EARSIGHT_PACK_INVALID, EARSIGHT_PACK_HASH.
 */
export async function choosePacks(named: readonly string[]): Promise<ChosenPacks> {
  if (named.length > 0) return { resolved: await resolvePacks(named), advice: null };
  if (existsSync(packFolder(defaultCacheDir(), DEFAULT_PACK)))
    return { resolved: await resolvePacks([DEFAULT_PACK]), advice: null };
  return { resolved: null, advice: `no labels without a pack: \`earsight packs pull ${DEFAULT_PACK}\` adds them` };
}
