import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Job } from '../../queues/engine.js';
import { admit, ANY_FOLDER, type WorkRoots } from './rooted-work.js';

let folder: string;
let roots: WorkRoots;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'earsight-roots-')));
  for (const name of ['in', 'in-not', 'out/run', 'elsewhere']) await mkdir(join(folder, name), { recursive: true });
  for (const name of ['in/a.mp4', 'in-not/a.mp4', 'secret.mp4']) await writeFile(join(folder, name), 'x');
  await symlink('../secret.mp4', join(folder, 'in/link.mp4'));
  await symlink('../../elsewhere', join(folder, 'out/run/link'));
  await symlink('../../elsewhere/new', join(folder, 'out/run/dangling'));
  await symlink(join(folder, 'elsewhere'), join(folder, 'out/linked-run'));
  roots = { inputs: [join(folder, 'in')], outputs: [join(folder, 'out')], stores: ['s3://lab/runs'] };
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

function job(changed: Partial<Omit<Job, 'run'>> & { readonly out?: string; readonly settings?: string }): Job {
  const { out = join(folder, 'out/run'), settings = 'ab12', ...rest } = changed;
  return { id: 'job_1-a', input: join(folder, 'in/a.mp4'), output: 'films/a.mp4', run: { out, settings }, ...rest };
}

const content = { sha256: 'a'.repeat(64), bytes: 1 };

describe('the jobs of a queue', () => {
  it('are admitted below the roots, also in folders that do not exist yet', async () => {
    await admit(job({}), roots);
    await admit(job({ out: join(folder, 'out/new/run'), input: join(folder, 'in/later.mp4') }), roots);
    await admit(job({ out: 's3://lab/runs', content, input: 'C:\\films\\a.mp4' }), roots);
    await admit(job({ out: 's3://lab/runs/one', content }), roots);
    await admit(job({ input: join(folder, 'secret.mp4') }), ANY_FOLDER);
    await expect(admit(job({}), roots)).resolves.toBeUndefined();
  });

  it.each<[string, () => Parameters<typeof job>[0]]>([
    ['results above the output folder', () => ({ output: '../../escaped' })],
    ['results in the middle above it', () => ({ output: 'a/../../escaped' })],
    ['absolute results', () => ({ output: '/tmp/escaped' })],
    ['results in place of the output folder', () => ({ output: '' })],
    ['results in place of the store', () => ({ output: '.earsight/videos' })],
    ['results behind a link', () => ({ output: 'link/a.mp4' })],
    ['results behind a link to nothing', () => ({ output: 'dangling/a.mp4' })],
    ['a relative input', () => ({ input: '../../secret.mp4' })],
    ['an input with steps upwards', () => ({ input: `${folder}/in/../secret.mp4` })],
    ['a relative output folder', () => ({ out: '../out' })],
    ['an output folder with steps upwards', () => ({ out: `${folder}/out/../elsewhere` })],
    ['an id that leads upwards', () => ({ id: '../../x' })],
    ['settings that lead upwards', () => ({ settings: '../../x' })],
    ['a bucket without content', () => ({ out: 's3://lab/runs' })],
    ['a bucket with content that is no hash', () => ({ out: 's3://lab/runs', content: { sha256: '../x', bytes: 1 } })],
    ['content without a bucket', () => ({ content })],
  ])('are refused by every worker when they name %s', async (_what, changed) => {
    await expect(admit(job(changed()), ANY_FOLDER)).rejects.toMatchObject({ code: 'EARSIGHT_WORK_REFUSED' });
  });

  it.each<[string, () => Parameters<typeof job>[0]]>([
    ['an input outside', () => ({ input: join(folder, 'secret.mp4') })],
    ['an input in a folder with a longer name', () => ({ input: join(folder, 'in-not/a.mp4') })],
    ['an input behind a link', () => ({ input: join(folder, 'in/link.mp4') })],
    ['an output folder outside', () => ({ out: join(folder, 'elsewhere') })],
    ['an output folder behind a link', () => ({ out: join(folder, 'out/linked-run') })],
    ['another bucket', () => ({ out: 's3://lab/runs-of-others', content })],
  ])('are refused by a worker with roots when they name %s', async (_what, changed) => {
    await expect(admit(job(changed()), roots)).rejects.toMatchObject({ code: 'EARSIGHT_WORK_REFUSED' });
  });
});
