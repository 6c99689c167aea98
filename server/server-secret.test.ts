import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { serverSecret } from './server-secret.js';

let path: string;
beforeEach(async () => (path = join(await mkdtemp(join(tmpdir(), 'earsight-secret-')), 'secret')));
afterEach(async () => await rm(join(path, '..'), { recursive: true, force: true }));

it('is one, whoever of several that start at one moment made it', async () => {
  const secrets = await Promise.all(Array.from({ length: 16 }, async () => await serverSecret(path)));
  expect(secrets).toEqual(Array.from({ length: 16 }, () => secrets[0]));
  expect(await serverSecret(path)).toBe(secrets[0]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

it('is made by the next server where the first one ended over it', async () => {
  const make = `import(${JSON.stringify(import.meta.resolve('./server-secret.ts'))}).then((m) => m.serverSecret(${JSON.stringify(path)}))`;
  const args = ['--import', 'tsx', '--eval', make];
  // The kernel ends whoever writes the first byte of a file, as a full disk or a `kill -9` may.
  const limited = ['-c', 'ulimit -f 0; exec "$0" "$@"', process.execPath, ...args];
  const env = { ...process.env, TSX_DISABLE_CACHE: '1' };
  await expect(promisify(execFile)('bash', limited, { env })).rejects.toThrow();
  expect(await serverSecret(path)).toMatch(/^[\w-]{43}$/);
});
