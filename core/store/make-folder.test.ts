import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder } from './make-folder.js';

let base: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'earsight-folder-'));
});
afterEach(() => rm(base, { recursive: true, force: true }));

describe('makeFolder', () => {
  it('makes missing folders, accepts existing ones, and follows a link to a folder', async () => {
    await mkdir(join(base, 'real'));
    await symlink('real', join(base, 'link'));
    const path = join(base, 'link/a/b');
    await Promise.all([makeFolder(path), makeFolder(path), makeFolder(join(base, 'real/a'))]);
    await makeFolder(path);
    expect((await stat(join(base, 'real/a/b'))).isDirectory()).toBe(true);
  });

  it.each(['out', 'out/below'])('reports a link whose target is missing: %s', async (name) => {
    await symlink(join(base, 'unplugged/out'), join(base, 'out'));
    await expect(makeFolder(join(base, name))).rejects.toMatchObject({
      code: 'EARSIGHT_OUTPUT_UNWRITABLE',
      message: `cannot write to ${join(base, 'out')}: it is a link, and what it leads to is away`,
    });
  });

  it.each(['file', 'file/below'])('reports a file where a folder is needed: %s', async (name) => {
    await writeFile(join(base, 'file'), '');
    await expect(makeFolder(join(base, name))).rejects.toThrow(/^(EEXIST|ENOTDIR): /);
  });

  it.runIf(process.platform === 'linux')('fails where no folder can be made', async () => {
    await expect(makeFolder('/proc/nowhere/out')).rejects.toThrow(/^ENOENT: .*'\/proc\/nowhere'$/);
  });
});
