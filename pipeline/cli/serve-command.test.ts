import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startEarsight, type Started } from '../../tests/earsight.js';
import { makeEmptyPack } from '../../tests/tiny-videos.js';

/** Ends a process as soon as it listens for that. */
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

it('a server that is stopped before it is there does not come', { timeout: 30_000 }, async () => {
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(STOP_AT_ONCE)}` };
  // Nothing listens there: it is not asked.
  server = startEarsight(['serve', '--redis', 'redis://127.0.0.1:9', '--port', '0', '--offline'], { cwd, env });
  expect(await server.finished).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect(await readdir(cwd)).toEqual([]);
});

it('one server has a folder; when it was killed, the next one has it at once', { timeout: 60_000 }, async () => {
  const words = ['serve', '--port', '0', '--offline', '--pack', await makeEmptyPack(join(cwd, 'pack'))];
  server = startEarsight(words, { cwd });
  await server.printed('listens on ');
  const second = await startEarsight(words, { cwd }).finished;
  expect(second).toMatchObject({ code: 1, stdout: '' });
  expect(second.stderr).toContain(`another server uses ${join(cwd, 'earsight-data')}`);
  server.child.kill('SIGKILL');
  await server.finished;
  server = startEarsight(words, { cwd });
  await server.printed('listens on ');
  server.child.kill('SIGTERM');
  expect((await server.finished).code).toBe(0);
  expect(await readdir(join(cwd, 'earsight-data'))).not.toContain('server.lock');
});
