import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiKeys } from './api-keys.js';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'earsight-keys-'))));
afterEach(async () => await rm(folder, { recursive: true, force: true }));

/** Opens the key file as another process would. */
async function open(): Promise<ApiKeys> {
  return await ApiKeys.open(join(folder, 'keys.json'));
}

async function names(): Promise<string[]> {
  return (await open()).list().map(({ name }) => name);
}

describe('API keys changed by several processes', () => {
  it('stay revoked when a process that read the file earlier creates another key', async () => {
    const { record } = await (await open()).create({ name: 'lost', scopes: ['admin'] });
    const earlier = await open();
    expect(await (await open()).revoke(record.id)).toBe(true);
    await earlier.create({ name: 'new', scopes: ['read'] });
    expect(await names()).toEqual(['new']);
    expect(earlier.callerById(record.id)).toBeNull();
  });

  it('are kept when a process that did not read them revokes another key', async () => {
    const { record } = await (await open()).create({ name: 'old', scopes: ['read'] });
    const earlier = await open();
    await (await open()).create({ name: 'new', scopes: ['read'] });
    expect(await earlier.revoke(record.id)).toBe(true);
    expect(await names()).toEqual(['new']);
    expect(await earlier.revoke(record.id)).toBe(false);
  });

  it('are not written when an unknown key is revoked', async () => {
    expect(await (await open()).revoke('00000000')).toBe(false);
    expect(await readdir(folder)).toEqual([]);
  });

  it('are all kept when they are created at the same time', async () => {
    const made = ['a', 'b', 'c', 'd'].map(async (name) => await (await open()).create({ name, scopes: ['read'] }));
    await Promise.all(made);
    expect((await names()).sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(await readdir(folder)).toEqual(['keys.json']);
  });
});

it('refuses to create a key with which the file could not be read again', async () => {
  await (await open()).create({ name: 'old', scopes: ['read'] });
  await expect((await open()).create({ name: 'new', scopes: [] })).rejects.toThrow();
  expect(await names()).toEqual(['old']);
});
