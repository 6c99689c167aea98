import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FIXTURES_OUT, makeFixtures } from '../fixtures/make.js';
import { PACKAGE_FOLDER } from '../core/version.js';

const FIXTURE = 'odd/-dash.mp4';
/** Nothing listens on the discard port. */
const NO_HUB = 'http://127.0.0.1:9';
let cwd: string;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'earsight-example-'));
  await makeFixtures(FIXTURES_OUT, { only: [FIXTURE] });
  await mkdir(join(cwd, 'videos'));
  await copyFile(join(FIXTURES_OUT, FIXTURE), join(cwd, 'videos', 'film.mp4'));
  await writeFile(join(cwd, 'videos', 'empty.mp4'), '');
});
afterAll(async () => await rm(cwd, { recursive: true, force: true }));

it('the example in the documentation of pipeline/index.ts runs unchanged', async () => {
  const index = join(PACKAGE_FOLDER, 'pipeline/index.ts');
  const [, block = ''] = /```ts\n([^`]*) \* ```/.exec(await readFile(index, 'utf8')) ?? [];
  const example = block.replace(/^ \* ?/gm, '');
  expect(example).toContain("from 'earsight'");
  await writeFile(join(cwd, 'example.mts'), example.replace("'earsight'", `'${pathToFileURL(index).href}'`));
  const tsx = join(PACKAGE_FOLDER, 'node_modules/tsx/dist/loader.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', tsx, 'example.mts'], {
    cwd,
    env: { ...process.env, EARSIGHT_CACHE: join(cwd, 'cache'), EARSIGHT_HUB: NO_HUB },
  });
  expect(stdout.trim().split('\n').sort()).toEqual([
    expect.stringMatching(/^done .*film\.mp4/),
    expect.stringMatching(/^failed .*empty\.mp4 EARSIGHT_INPUT_EMPTY$/),
  ]);
});
