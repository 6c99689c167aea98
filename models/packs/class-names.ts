import { join } from 'node:path';
import { readLabelFile } from '../manifest/label-file.js';
import type { ResolvedModel } from './resolve-packs.js';

/**
 * The classes that a network tells apart, in the order of its scores; null for one that has none of its own.
 * @throws EARSIGHT_PACK_INVALID
 */
export async function classNamesOf({ folder, manifest }: ResolvedModel): Promise<readonly string[] | null> {
  if (!('labels' in manifest)) return null;
  return await readLabelFile(join(folder, manifest.labels.path), manifest.labels.format);
}
