import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeFolder } from './make-folder.js';

let base: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'earsight-folder-'));
});
afterEach(() => rm(base, { recursive: true, force: true }));

it('makes what is missing, is content with what is there, and follows a link to a folder', async () => {
  await mkdir(join(base, 'real'));
  await symlink('real', join(base, 'link'));
  const path = join(base, 'link/a/b');
  await Promise.all([makeFolder(path), makeFolder(path), makeFolder(join(base, 'real/a'))]);
  await makeFolder(path);
  expect((await stat(join(base, 'real/a/b'))).isDirectory()).toBe(true);
});

it.each(['out', 'out/below'])('says that what a link leads to is away: %s', async (name) => {
  await symlink(join(base, 'unplugged/out'), join(base, 'out'));
  await expect(makeFolder(join(base, name))).rejects.toMatchObject({
    code: 'EARSIGHT_OUTPUT_UNWRITABLE',
    message: `cannot write to ${join(base, 'out')}: it is a link, and what it leads to is away`,
  });
});

it.each(['file', 'file/below'])('says that a file is in the way: %s', async (name) => {
  await writeFile(join(base, 'file'), '');
  await expect(makeFolder(join(base, name))).rejects.toThrow(/^(EEXIST|ENOTDIR): /);
});

it.runIf(process.platform === 'linux')('ends where no folder can be made', async () => {
  await expect(makeFolder('/proc/nowhere/out')).rejects.toThrow(/^ENOENT: .*'\/proc\/nowhere'$/);
});
