import { mkdir, mkdtemp, readdir, readFile, rm, utimes } from 'node:fs/promises';
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

it(
  'ends when another server took over its data folder during a pause, and deletes nothing that it may own',
  { timeout: 60_000 },
  async () => {
    const args = ['serve', '--port', '0', '--offline', '--pack', await makeEmptyPack(join(cwd, 'pack'))];
    const data = join(cwd, 'earsight-data');
    const paused = startEarsight(args, { cwd });
    server = paused;
    await paused.printed('listens on ');
    const staged = join(data, 'inputs', `j${'0'.repeat(31)}`);
    await mkdir(staged);
    paused.child.kill('SIGSTOP');
    // As after a pause of a minute.
    const before = new Date(Date.now() - 60_000);
    await utimes(join(data, 'server.lock'), before, before);
    const next = startEarsight(args, { cwd });
    try {
      await next.printed('listens on ');
      const token = await readFile(join(data, 'server.lock'), 'utf8');
      expect(await readdir(join(data, 'inputs'))).toHaveLength(1);
      paused.child.kill('SIGCONT');
      const ended = await paused.finished;
      expect(ended.code).toBe(1);
      expect(ended.stderr).toContain('EARSIGHT_LOCK_LOST');
      expect(await readFile(join(data, 'server.lock'), 'utf8')).toBe(token);
      next.child.kill('SIGTERM');
      expect((await next.finished).code).toBe(0);
    } finally {
      next.child.kill('SIGKILL');
    }
  },
);
