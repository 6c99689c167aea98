import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RedisServer } from '../queues/testing/redis-server.js';
import { ApiKeys } from '../server/security/api-keys.js';
import { startEarsight } from './earsight.js';

/** The command of Python's schemathesis, which makes requests from the OpenAPI document. */
const SCHEMATHESIS = process.env['EARSIGHT_SCHEMATHESIS'] ?? 'schemathesis';
const isInstalled = spawnSync(SCHEMATHESIS, ['--version']).status === 0;
if (!isInstalled)
  console.log(`tests/schema-driven.test.ts is skipped: there is no ${SCHEMATHESIS} (pip install schemathesis)`);

/** Per run. A longer one is made by hand: EARSIGHT_SCHEMATHESIS_SEC=300 npx vitest run tests/schema-driven.test.ts */
const SECONDS = Number(process.env['EARSIGHT_SCHEMATHESIS_SEC'] ?? 20);
/** No request may take longer. */
const ANSWER_LIMIT_SEC = 10;

const documentSchema = z.looseObject({
  paths: z.record(
    z.string(),
    z.record(z.string(), z.looseObject({ parameters: z.array(z.looseObject({ name: z.string() })).optional() })),
  ),
});

/** The document without what takes long on purpose: event streams, and waiting for jobs that no worker takes. */
function withoutWaiting(document: z.infer<typeof documentSchema>): unknown {
  const paths = Object.entries(document.paths)
    .filter(([path]) => !path.endsWith('/events'))
    .map(([path, methods]) => {
      const kept = Object.entries(methods).map(([method, { parameters, ...operation }]) => {
        const others = parameters?.filter(({ name }) => name !== 'wait');
        return [method, { ...operation, ...(others === undefined ? {} : { parameters: others }) }];
      });
      return [path, Object.fromEntries(kept) as unknown];
    });
  return { ...document, paths: Object.fromEntries(paths) as unknown };
}

describe.skipIf(!isInstalled)('a server with keys under requests that are made from its OpenAPI document', () => {
  it.each(['without Redis', 'with Redis'])(
    'answers none with a server error, and each within ten seconds: %s',
    async (kind) => {
      const folder = await mkdtemp(join(tmpdir(), 'earsight-schema-'));
      const redis = kind === 'with Redis' ? await RedisServer.start() : null;
      const data = join(folder, 'data');
      const { key } = await (
        await ApiKeys.open(join(data, 'keys.json'))
      ).create({ name: 'all', scopes: ['admin'], ratePerMinute: 1_000_000, quota: 500 });
      const flags = ['serve', '--data', data, '--port', '0', '--offline', '--log-level', 'error'];
      const served = startEarsight([...flags, ...(redis === null ? [] : ['--redis', redis.url])], { cwd: folder });
      try {
        await served.printed('listens on');
        const url = /listens on (\S+)/.exec(served.stdout())?.[1] ?? '';
        const headers = { authorization: `Bearer ${key}` };
        const document = documentSchema.parse(await (await fetch(`${url}/docs/json`, { headers })).json());
        await writeFile(join(folder, 'openapi.json'), JSON.stringify(withoutWaiting(document)));
        const checks = ['--checks', 'not_a_server_error', '--max-response-time', String(ANSWER_LIMIT_SEC)];
        const limits = ['--max-time', String(SECONDS), '--request-timeout', String(ANSWER_LIMIT_SEC)];
        const where = ['run', join(folder, 'openapi.json'), '--url', url, '-H', `Authorization: Bearer ${key}`];
        const words = [...where, ...checks, ...limits, '--suppress-health-check', 'all', '--warnings', 'off'];
        const run = promisify(execFile)(SCHEMATHESIS, words, { cwd: folder, maxBuffer: 64e6 });
        const { code, text } = await run.then(
          ({ stdout }) => ({ code: 0, text: stdout }),
          (error: unknown) => ({ code: 1, text: z.object({ stdout: z.string() }).parse(error).stdout }),
        );
        console.log(`${kind}: ${/Test cases:\s*(.*?)\n\n/s.exec(text)?.[1]?.replace(/\s+/g, ' ') ?? text.slice(-300)}`);
        expect(code, text).toBe(0);
        // The time may be over before the first request on a busy machine; that would show nothing.
        expect(text).not.toContain('No test cases were generated');
        expect((await fetch(`${url}/livez`)).status).toBe(200);
        expect(served.child.exitCode).toBeNull();
      } finally {
        served.child.kill('SIGTERM');
        await served.finished;
        await redis?.stop();
        await rm(folder, { recursive: true, force: true });
      }
    },
    600_000,
  );
});
