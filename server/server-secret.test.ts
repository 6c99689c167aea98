import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serverSecret } from './server-secret.js';

let path: string;
beforeEach(async () => (path = join(await mkdtemp(join(tmpdir(), 'earsight-secret-')), 'secret')));
afterEach(async () => await rm(join(path, '..'), { recursive: true, force: true }));

describe('serverSecret', () => {
  it('gives the same secret to several servers that start at the same moment', async () => {
    const secrets = await Promise.all(Array.from({ length: 16 }, async () => await serverSecret(path)));
    expect(secrets).toEqual(Array.from({ length: 16 }, () => secrets[0]));
    expect(await serverSecret(path)).toBe(secrets[0]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('creates the secret again when the first server was killed while writing it', async () => {
    const make = `import(${JSON.stringify(import.meta.resolve('./server-secret.ts'))}).then((m) => m.serverSecret(${JSON.stringify(path)}))`;
    const args = ['--import', 'tsx', '--eval', make];
    // With this limit the kernel kills a process that writes the first byte of a file, like a full disk or `kill -9` would.
    const limited = ['-c', 'ulimit -f 0; exec "$0" "$@"', process.execPath, ...args];
    const env = { ...process.env, TSX_DISABLE_CACHE: '1' };
    await expect(promisify(execFile)('bash', limited, { env })).rejects.toThrow();
    expect(await serverSecret(path)).toMatch(/^[\w-]{43}$/);
  });
});
