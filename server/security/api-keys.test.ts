import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiKeys } from './api-keys.js';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'earsight-keys-'))));
afterEach(async () => await rm(folder, { recursive: true, force: true }));

/** The keys as another process has them. */
async function open(): Promise<ApiKeys> {
  return await ApiKeys.open(join(folder, 'keys.json'));
}

async function names(): Promise<string[]> {
  return (await open()).list().map(({ name }) => name);
}

describe('keys that several processes change', () => {
  it('stay revoked when somebody who saw them before makes another', async () => {
    const { record } = await (await open()).create({ name: 'lost', scopes: ['admin'] });
    const earlier = await open();
    expect(await (await open()).revoke(record.id)).toBe(true);
    await earlier.create({ name: 'new', scopes: ['read'] });
    expect(await names()).toEqual(['new']);
    expect(earlier.callerById(record.id)).toBeNull();
  });

  it('stay when somebody who did not see them ends another', async () => {
    const { record } = await (await open()).create({ name: 'old', scopes: ['read'] });
    const earlier = await open();
    await (await open()).create({ name: 'new', scopes: ['read'] });
    expect(await earlier.revoke(record.id)).toBe(true);
    expect(await names()).toEqual(['new']);
    expect(await earlier.revoke(record.id)).toBe(false);
  });

  it('are not written for the sake of one that is not there', async () => {
    expect(await (await open()).revoke('00000000')).toBe(false);
    expect(await readdir(folder)).toEqual([]);
  });

  it('are all there when they are made at once', async () => {
    const made = ['a', 'b', 'c', 'd'].map(async (name) => await (await open()).create({ name, scopes: ['read'] }));
    await Promise.all(made);
    expect((await names()).sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(await readdir(folder)).toEqual(['keys.json']);
  });
});

it('makes no key that the file could not be read with again', async () => {
  await (await open()).create({ name: 'old', scopes: ['read'] });
  await expect((await open()).create({ name: 'new', scopes: [] })).rejects.toThrow();
  expect(await names()).toEqual(['old']);
});
