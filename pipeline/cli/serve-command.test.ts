import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startEarsight, type Started } from '../../tests/earsight.js';

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
