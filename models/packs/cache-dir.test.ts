import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { defaultCacheDir } from './cache-dir.js';

it('takes an empty variable for one that is not set, not for the current folder', () => {
  const usual = join(homedir(), '.cache/earsight');
  expect(defaultCacheDir({})).toBe(usual);
  expect(defaultCacheDir({ EARSIGHT_CACHE: '', XDG_CACHE_HOME: '' })).toBe(usual);
  expect(defaultCacheDir({ XDG_CACHE_HOME: '/c' })).toBe('/c/earsight');
  expect(defaultCacheDir({ EARSIGHT_CACHE: '/e', XDG_CACHE_HOME: '/c' })).toBe('/e');
});
