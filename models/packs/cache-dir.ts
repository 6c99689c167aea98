import { homedir } from 'node:os';
import { join } from 'node:path';
import { EarsightError, toEarsightError } from '../../core/errors.js';

/**
 * The folder for pulled packs: EARSIGHT_CACHE, or the user's cache folder by the XDG rules. As those rules say, an empty
 * variable counts as not set.
 */
export function defaultCacheDir(env: NodeJS.ProcessEnv = process.env): string {
  const [named, cacheHome] = ['EARSIGHT_CACHE', 'XDG_CACHE_HOME'].map((name) => (env[name] === '' ? null : env[name]));
  return named ?? join(cacheHome ?? join(homedir(), '.cache'), 'earsight');
}

export function packFolder(cacheDir: string, name: string): string {
  return join(cacheDir, 'packs', name);
}

/** Converts an error from writing to the cache folder to a coded one. */
export function asCacheError(thrown: unknown, path: string): EarsightError {
  const coded = toEarsightError(thrown, path);
  if (thrown instanceof EarsightError || coded.code === 'EARSIGHT_DISK_FULL') return coded;
  return new EarsightError(
    'EARSIGHT_CACHE_UNWRITABLE',
    { path, reason: thrown instanceof Error ? thrown.message : String(thrown) },
    { cause: thrown },
  );
}
