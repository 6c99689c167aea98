import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import {
  link,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EarsightError } from '../../core/errors.js';
import { DataFolder } from '../data-folder.js';
import { jobIn, TestServer } from '../testing/test-server.js';
import { safeFileName } from './file-name.js';
import { copyPath, stagePath } from './path-source.js';

let base: string;
let data: DataFolder;
const LIMITS = { maxBytes: 1000 };

beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'earsight-paths-')));
  data = await DataFolder.open(join(base, 'data'));
  const root = join(base, 'root');
  await mkdir(join(root, 'sub'), { recursive: true });
  await mkdir(join(base, 'root-twin'));
  await mkdir(join(root, '-dash'));
  const tricks = ['-i.mp4', '-dash/a.mp4', 'concat:a.mp4', 'talk: one.mp4', '..%2fa.mp4', 'sub/%2e%2e.mp4'];
  for (const name of ['a.mp4', 'sub/b.mp4', 'b c#?.mp4', 'sub/talk: one.mp4', 'Smith, talk - 50%.mp4', ...tricks])
    await writeFile(join(root, name), name);
  await writeFile(join(root, 'large.mp4'), Buffer.alloc(1001));
  await writeFile(join(base, 'root-twin/c.mp4'), 'twin');
  await writeFile(join(base, 'secret.mp4'), 'secret');
  await symlink(join(root, 'a.mp4'), join(root, 'inside.mp4'));
  await symlink(join(base, 'secret.mp4'), join(root, 'outside.mp4'));
  await symlink(base, join(root, 'way-out'));
  await symlink(join(base, 'not-there'), join(root, 'dangling.mp4'));
  await symlink(root, join(base, 'root-link'));
  execFileSync('mkfifo', [join(root, 'pipe.mp4')]);
});
afterAll(async () => await rm(base, { recursive: true, force: true }));

async function stage(path: string, roots = [join(base, 'root')]): Promise<string> {
  try {
    const { name, input, copy } = await stagePath(path, roots, data, `j${'0'.repeat(31)}`, LIMITS);
    const now = { ...LIMITS, minFreeBytes: 0, name, signal: new AbortController().signal, progress: () => undefined };
    if (copy !== null)
      await copyPath(copy, input, roots, now).catch(async (error: unknown) => {
        await data.dropInput(input);
        throw error;
      });
    const text = await readFile(input, 'utf8');
    await data.dropInput(input);
    return `${name}: ${text.slice(0, 20)}`;
  } catch (error) {
    if (!(error instanceof EarsightError)) throw error;
    return error.code === 'EARSIGHT_PATH_REFUSED' ? error.message : error.code;
  }
}

describe('stagePath with a path below a root', () => {
  it.each([
    ['a.mp4', 'a.mp4: a.mp4'],
    ['./a.mp4', 'a.mp4: a.mp4'],
    ['sub/b.mp4', 'sub/b.mp4: sub/b.mp4'],
    ['b c#?.mp4', 'b c#?.mp4: b c#?.mp4'],
    ['sub/talk: one.mp4', 'sub/talk: one.mp4: sub/talk: one.mp4'],
    ['Smith, talk - 50%.mp4', 'Smith, talk - 50%.mp4: Smith, talk - 50%.mp'],
    ['inside.mp4', 'a.mp4: a.mp4'],
    ['missing.mp4', 'EARSIGHT_INPUT_MISSING'],
    ['sub/missing/deeper.mp4', 'EARSIGHT_INPUT_MISSING'],
    ['large.mp4', 'EARSIGHT_INPUT_TOO_LARGE'],
  ])('accepts or refuses %s: %s', async (path, expected) => {
    expect(await stage(path)).toBe(expected);
  });

  it('accepts an absolute path, also through a symbolic link to the root', async () => {
    expect(await stage(join(base, 'root/a.mp4'))).toBe('a.mp4: a.mp4');
    expect(await stage(join(base, 'root-link/a.mp4'), [join(base, 'root-link')])).toBe('a.mp4: a.mp4');
  });

  it('stages the same inode that was checked', async () => {
    const { input } = await stagePath('a.mp4', [join(base, 'root')], data, `j${'1'.repeat(31)}`, LIMITS);
    expect((await stat(input)).ino).toBe((await stat(join(base, 'root/a.mp4'))).ino);
    await data.dropInput(input);
  });
});

describe('stagePath refuses with one error, whether or not the file exists:', () => {
  const REFUSED = 'this path may not be submitted';
  it.each([
    ['a way up', '../secret.mp4'],
    ['a way up to nothing', '../not-there.mp4'],
    ['a way up inside', 'sub/../../secret.mp4'],
    ['a way up and down again', 'sub/../a.mp4'],
    ['a way up with a backslash', '..\\secret.mp4'],
    ['..%2f', '..%2fsecret.mp4'],
    ['..%2f, though a file is called so', '..%2fa.mp4'],
    ['%2e%2e', '%2e%2e/secret.mp4'],
    ['%2e%2e, though a file is called so', 'sub/%2e%2e.mp4'],
    ['an absolute path outside', '/etc/passwd'],
    ['an absolute path to nothing', '/etc/not-there'],
    ['a symlink out', 'outside.mp4'],
    ['below a symlink out', 'way-out/secret.mp4'],
    ['nothing below a symlink out', 'way-out/not-there.mp4'],
    ['a symlink to nothing', 'dangling.mp4'],
    ['a FIFO', 'pipe.mp4'],
    ['a folder', 'sub'],
    ['the root', '.'],
    ['nothing', ''],
    ['the root of all', '/'],
    ['NUL', 'a.mp4\0.txt'],
    ['-i.mp4, though a file is called so', '-i.mp4'],
    ['-i.mp4 after a dot', './-i.mp4'],
    ['below a dash, though a folder is called so', '-dash/a.mp4'],
    ['an option that is no file', '-f'],
    ['concat:', 'concat:a.mp4|sub/b.mp4'],
    ['concat:, though a file is called so', 'concat:a.mp4'],
    ['another protocol, though a file is called so', 'talk: one.mp4'],
    ['file:', 'file:a.mp4'],
    ['http:', 'http://127.0.0.1/a.mp4'],
    ['subfile', 'subfile,,start,0,end,9,,:a.mp4'],
    ['a device', '/dev/zero'],
    ['standard input', '/dev/stdin'],
    ['a process', '/proc/self/environ'],
    ['a file as a folder', 'a.mp4/'],
    ['below a file', 'a.mp4/b'],
    ['a name that is too long', 'x'.repeat(300)],
  ])('%s: %j', async (_, path) => {
    expect(await stage(path)).toBe(REFUSED);
  });

  it('a folder whose name begins like the root', async () => {
    expect(await stage(join(base, 'root-twin/c.mp4'))).toBe(REFUSED);
  });

  it("the server's own folder, though it lies below a root", async () => {
    await writeFile(data.keys, '{}');
    expect(await stage('data/keys.json', [base])).toBe(REFUSED);
  });

  it('anything when there is no root', async () => {
    expect(await stage(join(base, 'root/a.mp4'), [])).toBe(REFUSED);
  });

  it('every such path, and stages nothing', async () => {
    expect(await readdir(data.inputs)).toEqual([]);
  });

  it('never the content of a file outside, even if a folder is replaced by a link during the check', async () => {
    const root = join(base, 'swapped');
    const outside = join(base, 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'v.mp4'), 'secret');
    const seen = new Set<string>();
    for (let round = 0; round < 40; round++) {
      await mkdir(join(root, 'f'), { recursive: true });
      await writeFile(join(root, 'f/v.mp4'), 'honest');
      const staged = stage('f/v.mp4', [root]);
      await rm(join(root, 'f'), { recursive: true, force: true });
      await symlink(outside, join(root, 'f'));
      seen.add(await staged);
      await rm(root, { recursive: true, force: true });
    }
    expect([...seen].join()).not.toContain('secret');
  });
});

describe('safeFileName', () => {
  it.each([
    ['clip.mp4', 'clip.mp4'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\videos\\clip.mp4', 'clip.mp4'],
    ['.htaccess', 'htaccess'],
    ['...', 'upload'],
    ['', 'upload'],
    ['a\u202egpm.mp4', 'agpm.mp4'],
    ['a\0b\n.mp4', 'ab.mp4'],
    ['-i.mp4', '-i.mp4'],
    ['kočka 猫.mp4', 'kočka 猫.mp4'],
    [`${'ä'.repeat(300)}.mp4`, `${'ä'.repeat(98)}.mp4`],
  ])('turns %j into %j', (given, expected) => {
    expect(safeFileName(given)).toBe(expected);
  });
});

it('stages by a hard link on the same disk, and keeps the original when the staged file is deleted', async () => {
  await link(join(base, 'root/a.mp4'), join(base, 'second'));
  expect(await stage('a.mp4')).toContain('a.mp4');
  expect(await readFile(join(base, 'second'), 'utf8')).toBe('a.mp4');
});

/** A disk other than that of the temporary files, from which files must be copied. */
const OTHER_DISK = '/dev/shm';
const HAS_OTHER_DISK = statSync(OTHER_DISK, { throwIfNoEntry: false })?.dev !== statSync(tmpdir()).dev;
const NEEDS_OTHER_DISK = HAS_OTHER_DISK ? '' : ` (skipped: ${OTHER_DISK} is not another disk)`;

describe.skipIf(!HAS_OTHER_DISK)(`a file on another disk${NEEDS_OTHER_DISK}`, () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(OTHER_DISK, 'earsight-paths-'));
    await writeFile(join(root, 'large.mp4'), 'short');
    // A sparse file takes no memory, and copying it takes as long as any other file.
    await truncate(join(root, 'large.mp4'), 100e6);
  });
  afterAll(async () => {
    for (const folder of [root, `${root}-moved`]) await rm(folder, { recursive: true, force: true });
  });

  const named = async (path = 'large.mp4', minFreeBytes = 0) =>
    await stagePath(path, [root], data, `j${'2'.repeat(31)}`, { maxBytes: 1e9, minFreeBytes });
  const NOW = { name: 'large.mp4', maxBytes: 1e9, minFreeBytes: 0, progress: () => undefined };

  async function copied({ input, copy }: Awaited<ReturnType<typeof named>>, roots = [root]): Promise<string> {
    if (copy === null) throw new TypeError('linked');
    try {
      await copyPath(copy, input, roots, { ...NOW, signal: new AbortController().signal });
      return `${(await stat(input)).size} bytes`;
    } catch (error) {
      if (!(error instanceof EarsightError)) throw error;
      return error.code;
    } finally {
      await data.dropInput(input);
    }
  }

  it('is copied completely later', async () => {
    expect(await copied(await named())).toBe('100000000 bytes');
  });

  it('is refused before it is copied when the disk has no room for it', async () => {
    await expect(named('large.mp4', 1e15)).rejects.toMatchObject({ code: 'EARSIGHT_DISK_FULL' });
    expect(await readdir(data.inputs)).toEqual([]);
  });

  it.each([
    ['written to', 'EARSIGHT_INPUT_CHANGED', async (path: string) => await writeFile(path, 'other')],
    ['another file', 'EARSIGHT_INPUT_CHANGED', async (path: string) => await rename(`${path}-other`, path)],
    ['gone', 'EARSIGHT_INPUT_MISSING', async (path: string) => await rm(path)],
    [
      'a link out of the root',
      'EARSIGHT_PATH_REFUSED',
      async (path: string) => {
        await rm(path);
        await symlink(join(base, 'secret.mp4'), path);
      },
    ],
    [
      'below a link out of the root',
      'EARSIGHT_PATH_REFUSED',
      async (path: string) => {
        await rename(join(path, '..'), `${root}-moved`);
        await symlink(`${root}-moved`, join(path, '..'));
      },
    ],
  ])('is not copied when it is %s by then: %s', async (_, code, change) => {
    const folder = await mkdtemp(join(root, 'changing-'));
    for (const name of ['v.mp4', 'v.mp4-other']) await writeFile(join(folder, name), 'honest');
    const found = await named(join(folder, 'v.mp4'));
    await change(join(folder, 'v.mp4'));
    expect(await copied(found)).toBe(code);
  });

  it('is not copied when its folder is no longer a root', async () => {
    expect(await copied(await named(), [join(base, 'root')])).toBe('EARSIGHT_PATH_REFUSED');
  });

  it('is copied after the response, and a cancelled copy leaves no file', async () => {
    await truncate(join(root, 'large.mp4'), 5e9);
    const server = await TestServer.open({ roots: [root] });
    try {
      const answer = await fetch(`${server.url}/v1/jobs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ path: 'large.mp4' }),
      });
      const { id, name, state } = await jobIn(answer);
      expect([name, state]).toEqual(['large.mp4', 'queued']);
      const size = async (): Promise<number> =>
        (await stat(join(server.data.inputs, id, name)).catch(() => null))?.size ?? 0;
      await expect.poll(size, { timeout: 10_000, interval: 1 }).toBeGreaterThan(0);
      const cancelled = await fetch(`${server.url}/v1/jobs/${id}`, { method: 'DELETE' });
      expect((await jobIn(cancelled)).state).toBe('cancelled');
      expect(await readdir(join(server.data.inputs, id))).toEqual([]);
    } finally {
      await server.close();
    }
  });
});
