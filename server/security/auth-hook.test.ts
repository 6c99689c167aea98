import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeIn, jobIn, TestServer } from '../testing/test-server.js';
import { DataFolder } from '../data-folder.js';

describe('a server without keys', () => {
  let server: TestServer;
  beforeAll(async () => (server = await TestServer.open()));
  afterAll(async () => await server.close());

  it.each([
    ['another host name (DNS rebinding)', { host: 'evil.example' }],
    ['a network address as host', { host: '192.168.1.7:8484' }],
    ['a proxy header', { 'x-forwarded-for': '203.0.113.9' }],
  ])('refuses a request with %s', async (_, headers) => {
    const answer = await server.opened.app.inject({
      method: 'GET',
      url: '/v1/jobs',
      headers: { host: 'localhost', ...headers },
    });
    expect(`${answer.statusCode} ${answer.json<{ error: { code: string } }>().error.code}`).toBe(
      '403 EARSIGHT_ORIGIN_REFUSED',
    );
  });

  it.each([
    ['its Origin header', { origin: 'https://evil.example' }],
    ['the Origin null', { origin: 'null' }],
    ['Sec-Fetch-Site: cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['Sec-Fetch-Site: same-site', { 'sec-fetch-site': 'same-site' }],
  ])('refuses an upload from another site, recognised by %s', async (_, headers) => {
    expect(await codeIn(await server.upload('short', 'a.mp4', headers))).toBe('403 EARSIGHT_ORIGIN_REFUSED');
  });

  it('refuses to listen on an address that others can reach', async () => {
    await expect(TestServer.open({ host: '0.0.0.0' })).rejects.toMatchObject({ code: 'EARSIGHT_USAGE' });
  });
});

describe('a server with keys', () => {
  let server: TestServer;
  const key: Record<string, string> = {};
  const bearer = (name: string) => ({ authorization: `Bearer ${key[name] ?? ''}` });
  const get = async (path: string, headers = {}) => await fetch(`${server.url}${path}`, { headers });

  beforeAll(async () => {
    server = await TestServer.open();
    await server.stop();
    const data = await DataFolder.open(server.data.root);
    key['submit'] = await TestServer.keyIn(data, { name: 'a', scopes: ['submit'] });
    key['other'] = await TestServer.keyIn(data, { name: 'b', scopes: ['submit'], quota: 1 });
    key['read'] = await TestServer.keyIn(data, { name: 'c', scopes: ['read'] });
    key['admin'] = await TestServer.keyIn(data, { name: 'd', scopes: ['admin'] });
    key['slow'] = await TestServer.keyIn(data, { name: 'e', scopes: ['read'], ratePerMinute: 3 });
    await server.start();
  });
  afterAll(async () => await server.close());

  it('stores only hashes of keys', async () => {
    const file = await readFile(server.data.keys, 'utf8');
    for (const text of Object.values(key)) expect(file).not.toContain(text.slice(18));
  });

  it.each([
    ['no credentials', {}],
    ['a wrong key', { authorization: `Bearer earsight_00000000_${'A'.repeat(43)}` }],
    ['text that is not a key', { authorization: 'Bearer x' }],
    ['another scheme', { authorization: 'Basic YTpi' }],
    ['a made-up session', { cookie: 'earsight_session=AAAA' }],
  ])('refuses a request with %s', async (_, headers) => {
    for (const path of ['/v1/jobs', '/v1/events', '/docs', '/docs/json', '/metrics', '/nothing'])
      expect(await codeIn(await get(path, headers))).toBe('401 EARSIGHT_KEY_MISSING');
  });

  it('refuses a key with a known id and a wrong secret', async () => {
    const text = key['admin'] ?? '';
    const changed = `${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`;
    expect(await codeIn(await get('/v1/jobs', { authorization: `Bearer ${changed}` }))).toBe(
      '401 EARSIGHT_KEY_MISSING',
    );
  });

  it('answers health checks without a key', async () => {
    expect((await get('/livez')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
  });

  it('shows its own jobs to a submitter and all jobs to a reader, and allows changes only to the owner or an admin', async () => {
    const { id } = await jobIn(await server.upload('short', 'a.mp4', bearer('submit')));
    expect((await get(`/v1/jobs/${id}`, bearer('submit'))).status).toBe(200);
    expect((await get(`/v1/jobs/${id}`, bearer('read'))).status).toBe(200);
    for (const path of ['', '/events', '/result', '/report'])
      expect(await codeIn(await get(`/v1/jobs/${id}${path}`, bearer('other')))).toBe('404 EARSIGHT_JOB_UNKNOWN');
    expect(await (await get('/v1/jobs', bearer('other'))).json()).toEqual({ jobs: [], next: null });
    const remove = async (name: string) =>
      await fetch(`${server.url}/v1/jobs/${id}`, { method: 'DELETE', headers: bearer(name) });
    expect(await codeIn(await remove('read'))).toBe('403 EARSIGHT_KEY_SCOPE');
    expect(await codeIn(await remove('other'))).toBe('404 EARSIGHT_JOB_UNKNOWN');
    expect((await remove('admin')).status).toBe(200);
    expect(await codeIn(await server.upload('short', 'a.mp4', bearer('read')))).toBe('403 EARSIGHT_KEY_SCOPE');
  });

  it('counts uploads in progress towards the quota of their key', async () => {
    const send = async (signal?: AbortSignal) => {
      const head = '--b\r\ncontent-disposition: form-data; name="file"; filename="a.mp4"\r\n\r\nbytes';
      const body = new ReadableStream({ start: (sink) => sink.enqueue(new TextEncoder().encode(head)) });
      const headers = { ...bearer('other'), 'content-type': 'multipart/form-data; boundary=b' };
      const init = { method: 'POST', headers, body, duplex: 'half' as const, ...(signal && { signal }) };
      return await fetch(`${server.url}/v1/jobs`, init);
    };
    const leaving = new AbortController();
    const slow = send(leaving.signal).catch(() => 'cut');
    const staged = async () => await readdir(server.data.inputs);
    await expect.poll(async () => (await staged()).length, { timeout: 10_000 }).toBe(1);
    expect(await codeIn(await send())).toBe('429 EARSIGHT_QUOTA');
    leaving.abort();
    expect(await slow).toBe('cut');
    await expect.poll(staged, { timeout: 10_000 }).toEqual([]);
  });

  it('enforces the quota and the rate limit of a key', async () => {
    const first = await jobIn(await server.upload('wait', 'a.mp4', bearer('other')));
    const second = await server.upload('wait', 'a.mp4', bearer('other'));
    expect(second.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await codeIn(second)).toBe('429 EARSIGHT_QUOTA');
    await fetch(`${server.url}/v1/jobs/${first.id}`, { method: 'DELETE', headers: bearer('other') });
    for (let i = 0; i < 3; i++) expect((await get('/v1/jobs', bearer('slow'))).status).toBe(200);
    const over = await get('/v1/jobs', bearer('slow'));
    expect(over.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await codeIn(over)).toBe('429 EARSIGHT_RATE');
  });

  it('exchanges a key for a session cookie that another site cannot use for changes', async () => {
    const opened = await fetch(`${server.url}/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key: key['submit'] }),
    });
    expect(await opened.json()).toEqual({ needsKey: true, scopes: ['submit'], takes: ['upload'] });
    const set = opened.headers.get('set-cookie') ?? '';
    expect(set).toMatch(/HttpOnly; SameSite=Strict/);
    const cookie = set.split(';')[0] ?? '';
    expect((await get('/v1/jobs', { cookie })).status).toBe(200);
    const foreign = { cookie, origin: 'https://evil.example' };
    expect(await codeIn(await server.upload('short', 'a.mp4', foreign))).toBe('403 EARSIGHT_ORIGIN_REFUSED');
    await fetch(`${server.url}/v1/session`, { method: 'DELETE', headers: { cookie } });
    expect((await get('/v1/jobs', { cookie })).status).toBe(401);
  });

  it('refuses a revoked key within seconds, and stays closed when the last key is revoked', async () => {
    const keys = await (await import('./api-keys.js')).ApiKeys.open(server.data.keys);
    const stream = await get('/v1/events', bearer('read'));
    await keys.revoke(key['read']?.split('_')[1] ?? '');
    await expect.poll(async () => (await get('/v1/jobs', bearer('read'))).status, { timeout: 10_000 }).toBe(401);
    // An event stream that is already open gets no further events either.
    await server.upload('short', 'unheard.mp4', bearer('admin'));
    expect(await stream.text()).not.toContain('unheard.mp4');
    for (const { id } of keys.list()) await keys.revoke(id);
    await expect.poll(async () => (await get('/v1/jobs', bearer('admin'))).status, { timeout: 10_000 }).toBe(401);
    expect((await get('/v1/jobs')).status).toBe(401);
  });
});
