import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startEarsight, type Started } from '../../tests/earsight.js';
import { makeEmptyPack } from '../../tests/tiny-videos.js';

/** Sends SIGTERM to a process as soon as it listens for it. */
const STOP_AT_ONCE = `process.on('newListener', (name) => {
  if (name === 'SIGTERM') setImmediate(() => process.kill(process.pid, name));
});`;

let cwd: string;
let server: Started;
beforeEach(async () => (cwd = await mkdtemp(join(tmpdir(), 'earsight-serve-'))));
afterEach(async () => {
  server.child.kill('SIGKILL');
  await server.finished;
  await rm(cwd, { recursive: true, force: true });
});

it('exits without starting a server when it is stopped right after its start', { timeout: 30_000 }, async () => {
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(STOP_AT_ONCE)}` };
  // Nothing listens on this port, so an attempt to connect would fail.
  server = startEarsight(['serve', '--redis', 'redis://127.0.0.1:9', '--port', '0', '--offline'], { cwd, env });
  expect(await server.finished).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect(await readdir(cwd)).toEqual([]);
});

it(
  'locks its data folder against a second server, and takes over the lock of one that was killed',
  { timeout: 60_000 },
  async () => {
    const args = ['serve', '--port', '0', '--offline', '--pack', await makeEmptyPack(join(cwd, 'pack'))];
    server = startEarsight(args, { cwd });
    await server.printed('listens on ');
    const second = await startEarsight(args, { cwd }).finished;
    expect(second).toMatchObject({ code: 1, stdout: '' });
    expect(second.stderr).toContain(`another server uses ${join(cwd, 'earsight-data')}`);
    server.child.kill('SIGKILL');
    await server.finished;
    server = startEarsight(args, { cwd });
    await server.printed('listens on ');
    server.child.kill('SIGTERM');
    expect((await server.finished).code).toBe(0);
    expect(await readdir(join(cwd, 'earsight-data'))).not.toContain('server.lock');
  },
);
