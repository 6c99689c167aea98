import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataFolder } from './data-folder.js';
import { STREAMS_PER_CALLER } from './limits.js';
import { codeIn, jobIn, TestServer } from './testing/test-server.js';

let server: TestServer;
const key: Record<string, string> = {};
const bearer = (name: string) => ({ authorization: `Bearer ${key[name] ?? ''}` });

beforeAll(async () => {
  server = await TestServer.open({ maxUnfinished: 20 });
  await server.stop();
  const data = await DataFolder.open(server.data.root);
  key['two'] = await TestServer.keyIn(data, { name: 'two', scopes: ['submit'], quota: 2 });
  key['many'] = await TestServer.keyIn(data, { name: 'many', scopes: ['submit'] });
  key['other'] = await TestServer.keyIn(data, { name: 'other', scopes: ['submit'] });
  key['slow'] = await TestServer.keyIn(data, { name: 'slow', scopes: ['read'], ratePerMinute: 3 });
  key['admin'] = await TestServer.keyIn(data, { name: 'admin', scopes: ['admin'] });
  await server.start();
});
afterAll(async () => await server.close());

async function send(method: string, path: string, name: string): Promise<Response> {
  return await fetch(`${server.url}${path}`, { method, headers: bearer(name) });
}

async function cancelled(name: string): Promise<string> {
  const { id } = await jobIn(await server.upload('wait', 'a.mp4', bearer(name)));
  expect((await send('DELETE', `/v1/jobs/${id}`, name)).status).toBe(200);
  return id;
}

async function signIn(name: string): Promise<Response> {
  return await fetch(`${server.url}/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key: key[name] }),
  });
}

describe('the quota of a key', () => {
  it('holds for retries, also when many are sent at once or when an administrator sends them', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 12; count++) ids.push(await cancelled('two'));
    const answers = await Promise.all(ids.map(async (id) => await send('POST', `/v1/jobs/${id}/retry`, 'two')));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(2);
    const refused = answers.filter(({ status }) => status !== 202);
    for (const answer of refused) expect(await codeIn(answer)).toBe('429 EARSIGHT_QUOTA');
    const waiting = ids.filter((_, at) => answers[at]?.status !== 202);
    expect(await codeIn(await send('POST', `/v1/jobs/${waiting[0]}/retry`, 'admin'))).toBe('429 EARSIGHT_QUOTA');
    expect((await server.upload('short', 'a.mp4', bearer('other'))).status).toBe(201);
    for (const id of ids) await send('DELETE', `/v1/jobs/${id}?purge=true`, 'two');
  });
});

describe('the event streams of a key', () => {
  it('are limited to a share, so that other callers still get theirs', async () => {
    const leaving = new AbortController();
    const open = async (name: string) =>
      await fetch(`${server.url}/v1/events`, { headers: bearer(name), signal: leaving.signal });
    try {
      const streams = await Promise.all(Array.from({ length: STREAMS_PER_CALLER }, async () => await open('many')));
      expect(streams.filter(({ status }) => status !== 200)).toEqual([]);
      expect(await codeIn(await open('many'))).toBe('429 EARSIGHT_SHARE');
      expect((await open('other')).status).toBe(200);
    } finally {
      leaving.abort();
    }
    await expect
      .poll(
        async () => {
          const again = new AbortController();
          const answer = await fetch(`${server.url}/v1/events`, { headers: bearer('many'), signal: again.signal });
          again.abort();
          return answer.status;
        },
        { timeout: 10_000 },
      )
      .toBe(200);
  });
});

describe('signing in', () => {
  it('counts towards the rate of the key', async () => {
    const statuses: number[] = [];
    for (let count = 0; count < 6; count++) statuses.push((await signIn('slow')).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429, 429]);
    expect((await send('GET', '/v1/jobs', 'slow')).status).toBe(429);
  });

  it('many times with one key ends only sessions of that key', async () => {
    const admin = ((await signIn('admin')).headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const own = ((await signIn('many')).headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const status = async (cookie: string) => (await fetch(`${server.url}/v1/jobs`, { headers: { cookie } })).status;
    for (let count = 0; count < 120; count++) await signIn('many');
    expect(await status(admin)).toBe(200);
    expect(await status(own)).toBe(401);
  });
});
