import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BUILT_IN_FOLDER } from './built-in.js';
import { defaultCacheDir } from './cache-dir.js';
import { readManifest } from '../manifest/read-manifest.js';

export interface PackListing {
  readonly name: string;
  readonly folder: string;
  readonly description: string;
  readonly roles: readonly string[];
}

/** Lists the pulled packs by name, then the built-in one. Folders that are not packs are skipped. */
export async function listPacks(cacheDir = defaultCacheDir()): Promise<readonly PackListing[]> {
  const parent = join(cacheDir, 'packs');
  const names = await readdir(parent).catch(() => []);
  const packs: PackListing[] = [];
  for (const folder of [...names.sort().map((name) => join(parent, name)), BUILT_IN_FOLDER]) {
    const manifest = await readManifest(folder).catch(() => null);
    if (manifest === null || manifest.models.length === 0) continue;
    const { name, description, models } = manifest;
    packs.push({ name, folder, description, roles: models.map(({ role }) => role) });
  }
  return packs;
}
