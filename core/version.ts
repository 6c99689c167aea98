import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The root of the package: the nearest folder above this file with a package.json. It works from the sources and from
 * `dist/`.
 */
export const PACKAGE_FOLDER = findPackageFolder(dirname(fileURLToPath(import.meta.url)));

/** The version in package.json. */
export const VERSION = readVersion();

function findPackageFolder(folder: string): string {
  try {
    readFileSync(join(folder, 'package.json'));
    return folder;
  } catch {
    const parent = dirname(folder);
    if (parent === folder) throw new RangeError('earsight runs outside its package');
    return findPackageFolder(parent);
  }
}

function readVersion(): string {
  const contents: unknown = JSON.parse(readFileSync(join(PACKAGE_FOLDER, 'package.json'), 'utf8'));
  return typeof contents === 'object' && contents !== null && 'version' in contents ? String(contents.version) : '0';
}
