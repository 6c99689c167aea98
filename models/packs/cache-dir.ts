import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where pulled packs live: EARSIGHT_CACHE, or the user's cache folder by the XDG rules. */
export function defaultCacheDir(env: NodeJS.ProcessEnv = process.env): string {
  return env['EARSIGHT_CACHE'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'earsight');
}

export function packFolder(cacheDir: string, name: string): string {
  return join(cacheDir, 'packs', name);
}
