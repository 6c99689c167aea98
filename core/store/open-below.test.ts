import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readJson } from './atomic-file.js';
import { openBelow, readJsonBelow } from './open-below.js';

const MISSING = { code: 'EARSIGHT_INPUT_MISSING' };

let outer: string;
let folder: string;

beforeEach(async () => {
  outer = await mkdtemp(join(tmpdir(), 'earsight-below-'));
  folder = join(outer, 'results');
  await mkdir(join(folder, 'keyframes'), { recursive: true });
  await writeFile(join(outer, 'secret.json'), '"secret"');
  await writeFile(join(folder, 'keyframes/a.json'), '"good"');
});

afterEach(async () => {
  await rm(outer, { recursive: true, force: true });
});

describe('openBelow', () => {
  it('opens a file below the folder, which may itself be reached through a link', async () => {
    await symlink(folder, join(outer, 'link'));
    expect(await readJsonBelow(folder, 'keyframes/a.json')).toBe('good');
    expect(await readJsonBelow(join(outer, 'link'), 'keyframes/a.json')).toBe('good');
  });

  it.each([
    ['a link to a file outside', async () => await symlink('../secret.json', join(folder, 'a.json'))],
    ['a link to a file inside', async () => await symlink('keyframes/a.json', join(folder, 'a.json'))],
    ['a link to itself', async () => await symlink('a.json', join(folder, 'a.json'))],
    ['a folder', async () => await mkdir(join(folder, 'a.json'))],
    ['nothing', async () => await Promise.resolve()],
  ])('refuses %s', async (_what, plant) => {
    await plant();
    await expect(openBelow(folder, 'a.json')).rejects.toMatchObject(MISSING);
  });

  it('refuses a file that is reached through a link in place of a folder', async () => {
    await symlink(outer, join(folder, 'other'));
    await expect(openBelow(folder, 'other/secret.json')).rejects.toMatchObject(MISSING);
  });

  it('refuses names that lead out of the folder', async () => {
    await symlink(outer, join(folder, 'other'));
    await expect(openBelow(join(folder, 'keyframes'), 'a.json/../a.json')).rejects.toMatchObject(MISSING);
    await expect(openBelow(folder, 'other/../results/other/secret.json')).rejects.toMatchObject(MISSING);
    await expect(openBelow(folder, '../secret.json')).rejects.toMatchObject(MISSING);
  });

  it.skipIf(process.platform === 'win32')('refuses a named pipe, and does not wait for its writer', async () => {
    execFileSync('mkfifo', [join(folder, 'a.json')]);
    await expect(openBelow(folder, 'a.json')).rejects.toMatchObject(MISSING);
    expect(await readJson(join(folder, 'a.json'))).toBeNull();
  });

  it('never opens what a link leads to while the file is being replaced by a link, in 50 races', async () => {
    const path = join(folder, 'a.json');
    for (let round = 1; round <= 50; round++) {
      await writeFile(path, '"good"');
      await symlink('../secret.json', `${path}.link`);
      const [read] = await Promise.allSettled([readJsonBelow(folder, 'a.json'), rename(`${path}.link`, path)]);
      if (read.status === 'fulfilled') expect(read.value).toBe('good');
      else expect(read.reason).toMatchObject(MISSING);
      await unlink(path);
    }
  });
});
