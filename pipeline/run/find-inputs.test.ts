import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findInputs } from './find-inputs.js';

let base: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'earsight-inputs-'));
});
afterEach(() => rm(base, { recursive: true, force: true }));

async function put(path: string, content: string | Uint8Array = 'x'): Promise<void> {
  await mkdir(dirname(join(base, path)), { recursive: true });
  await writeFile(join(base, path), content);
}

/** What is found, as text: the path below the base, and the code of an error. */
async function find(...names: string[]): Promise<string[]> {
  const found = await findInputs(
    names.map((name) => join(base, name)),
    join(base, 'out'),
  );
  return found.map(({ path, error }) => [relative(base, path), error?.code].filter(Boolean).join(' '));
}

describe('findInputs with overlapping arguments', () => {
  beforeEach(async () => {
    await put('videos/sub/a.mp4');
  });

  it.each([
    [['videos', 'videos']],
    [['videos', 'videos/sub']],
    [['videos/sub', 'videos']],
    [['videos', 'videos/sub/a.mp4']],
    [['videos/sub/a.mp4', 'videos']],
  ])('finds one video and no error in %j', async (names) => {
    expect(await find(...names)).toEqual(['videos/sub/a.mp4']);
  });

  it('still reports an empty folder', async () => {
    await mkdir(join(base, 'videos/empty'));
    expect(await find('videos', 'videos/empty')).toEqual(['videos/sub/a.mp4', 'videos/empty EARSIGHT_INPUT_NONE']);
  });
});

it('refuses the output folder as an input, and skips it below another input', async () => {
  await put('out/a.mp4');
  await put('b.mp4');
  expect(await find('out')).toEqual(['out EARSIGHT_OUTPUT_UNWRITABLE']);
  expect(await find('.')).toEqual(['b.mp4']);
});

it('does not read an empty name as the current folder', async () => {
  const found = await findInputs([''], join(base, 'out'));
  expect(found.map(({ error }) => error?.message)).toEqual(["no such file or folder: ''"]);
});

it('walks a folder whose name ends in .txt', async () => {
  await put('clips.txt/a.mp4');
  expect(await find('clips.txt')).toEqual(['clips.txt/a.mp4']);
});

it.each([
  ['UTF-16 with a byte-order mark', Buffer.from('\uFEFFa.mp4\r\n', 'utf16le')],
  ['UTF-16 without a byte-order mark', Buffer.from('a.mp4\r\n', 'utf16le')],
  ['Latin-1', Buffer.from('\u00e4.mp4\n', 'latin1')],
])('refuses a whole list that is encoded as %s', async (_, content) => {
  await put('list.txt', content);
  expect(await find('list.txt')).toEqual(['list.txt EARSIGHT_LIST_INVALID']);
});

it('reports a path through a file, or one that is too long, as missing', async () => {
  await put('a.mp4');
  const long = `${'x'.repeat(300)}.mp4`;
  expect(await find('a.mp4/b.mp4', long)).toEqual([
    'a.mp4/b.mp4 EARSIGHT_INPUT_MISSING',
    `${long} EARSIGHT_INPUT_MISSING`,
  ]);
});

// Other systems do not allow such names.
it.runIf(process.platform === 'linux')('reports a media file or folder whose name is not UTF-8', async () => {
  const named = (name: string): Buffer => Buffer.from(join(base, name), 'latin1');
  await put('videos/a.mp4');
  await writeFile(named('videos/\u00e4.mp4'), 'x');
  await writeFile(named('videos/\u00e4.doc'), 'x');
  await mkdir(named('videos/\u00fc'));
  const [mangled, folder] = ['videos/\uFFFD.mp4', 'videos/\uFFFD'];
  expect((await find('videos')).sort()).toEqual([
    'videos/a.mp4',
    `${folder} EARSIGHT_INPUT_NAME`,
    `${mangled} EARSIGHT_INPUT_NAME`,
  ]);
  expect(await find(mangled)).toEqual([`${mangled} EARSIGHT_INPUT_NAME`]);
});

describe('findInputs in a deep folder', () => {
  // PATH_MAX allows about 2,000 levels. Asking for the real path of each folder took 355 s for them.
  it('finds the file at the end of 1,200 levels in seconds', { timeout: 90_000 }, async () => {
    const deep = 'd/'.repeat(1_200);
    await put(`videos/${deep}a.mp4`);
    const startedMs = performance.now();
    expect(await find('videos')).toEqual([`videos/${deep}a.mp4`]);
    expect(performance.now() - startedMs).toBeLessThan(40_000);
  });
});
