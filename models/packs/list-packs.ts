import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultCacheDir } from './cache-dir.js';
import { readManifest } from './read-manifest.js';

export interface PackListing {
  readonly name: string;
  readonly folder: string;
  readonly description: string;
  readonly roles: readonly string[];
}

/** The packs that were pulled, by name. A folder that is no pack is passed by. */
export async function listPacks(cacheDir = defaultCacheDir()): Promise<readonly PackListing[]> {
  const parent = join(cacheDir, 'packs');
  const names = await readdir(parent).catch(() => []);
  const packs: PackListing[] = [];
  for (const name of names.sort()) {
    const folder = join(parent, name);
    const manifest = await readManifest(folder).catch(() => null);
    if (manifest === null) continue;
    const { description, models } = manifest;
    packs.push({ name, folder, description, roles: models.map(({ role }) => role) });
  }
  return packs;
}
