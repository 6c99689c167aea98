import { execFileSync } from 'node:child_process';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeIn, jobIn, TestServer } from './testing/test-server.js';

const FILE_ROUTES = ['result', 'report', 'files/events.json', 'files/report.html'];
/** More requests than node has threads for files, so that blocked ones would use up all of them. */
const REQUESTS = 2;

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.open();
});
afterAll(async () => await server.close());

/** The folder of the results of a finished job, with its files moved aside. */
async function emptied(): Promise<{ readonly id: string; readonly folder: string }> {
  const { id } = await jobIn(await server.upload('short'));
  await server.job(id, '?wait=10');
  const folder = join(server.data.results, id);
  await rename(folder, `${folder}.aside`);
  await mkdir(folder);
  return { id, folder };
}

async function answers(id: string): Promise<string[]> {
  const signal = AbortSignal.timeout(10_000);
  const asked = FILE_ROUTES.flatMap((path) => Array<string>(REQUESTS).fill(path));
  return await Promise.all(
    asked.map(async (path) => await codeIn(await fetch(`${server.url}/v1/jobs/${id}/${path}`, { signal }))),
  );
}

const REFUSED = Array<string>(FILE_ROUTES.length * REQUESTS).fill('404 EARSIGHT_INPUT_MISSING');

describe('a results folder to which others write', () => {
  it('serves no file through a planted link', async () => {
    const { id, folder } = await emptied();
    const secret = join(server.data.root, 'secret.txt');
    await writeFile(secret, 'secret');
    for (const name of ['events.json', 'report.html']) await symlink(secret, join(folder, name));
    expect(await answers(id)).toEqual(REFUSED);
  });

  it('serves no file through a link in place of the folder', async () => {
    const { id, folder } = await emptied();
    await rm(folder, { recursive: true });
    await symlink(`${folder}.aside`, folder);
    expect(await answers(id)).toEqual(REFUSED);
  });

  it.skipIf(process.platform === 'win32')('answers at once, and can be stopped, where a pipe is planted', async () => {
    const { id, folder } = await emptied();
    for (const name of ['events.json', 'report.html']) execFileSync('mkfifo', [join(folder, name)]);
    expect(await answers(id)).toEqual(REFUSED);
    const startedMs = performance.now();
    await server.stop();
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    await server.start();
  });
});
