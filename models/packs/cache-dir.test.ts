import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultCacheDir } from './cache-dir.js';

describe('defaultCacheDir', () => {
  it('treats an empty variable as one that is not set, not as the current folder', () => {
    const usual = join(homedir(), '.cache/earsight');
    expect(defaultCacheDir({})).toBe(usual);
    expect(defaultCacheDir({ EARSIGHT_CACHE: '', XDG_CACHE_HOME: '' })).toBe(usual);
    expect(defaultCacheDir({ XDG_CACHE_HOME: '/c' })).toBe('/c/earsight');
    expect(defaultCacheDir({ EARSIGHT_CACHE: '/e', XDG_CACHE_HOME: '/c' })).toBe('/e');
  });
});
