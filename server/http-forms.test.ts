import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DataFolder } from './data-folder.js';
import { codeIn, TestServer } from './testing/test-server.js';

let server: TestServer;
beforeAll(async () => (server = await TestServer.open()));
afterAll(async () => await server.close());

function dial(to = server): Socket {
  return connect(Number(new URL(to.url).port), '127.0.0.1').on('error', () => undefined);
}

async function exchange(bytes: string, to = server): Promise<{ status: string; head: string; body: string }> {
  const socket = dial(to);
  let text = '';
  socket.setEncoding('utf8').on('data', (more: string) => (text += more));
  socket.write(bytes);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await Promise.race([closed, sleep(5_000, undefined, { ref: false })]);
  socket.destroy();
  const [head = '', body = ''] = text.split('\r\n\r\n', 2);
  return { status: head.slice(9, 12), head: head.toLowerCase(), body };
}

const errorSchema = z.strictObject({
  error: z.strictObject({ code: z.string().startsWith('EARSIGHT_'), message: z.string(), advice: z.string() }),
});

describe('every refusal', () => {
  it.each([
    ['no Host header', 'GET /v1/jobs HTTP/1.1\r\nconnection: close\r\n\r\n', '400'],
    ['an unknown Expect', 'GET /v1/jobs HTTP/1.1\r\nhost: localhost\r\nexpect: x\r\nconnection: close\r\n\r\n', '417'],
    ['the path /%', 'GET /% HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n', '400'],
    ['the path /%zz', 'GET /%zz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n', '400'],
    ['no HTTP', 'hello\r\n\r\n', '400'],
    ['long headers', `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, '431'],
    ['a strange method', 'PURGE /v1/jobs HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n', '404'],
    ['a method of WebDAV', 'PROPFIND /v1/jobs HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n', '404'],
    ['OPTIONS *', 'OPTIONS * HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n', '404'],
    ['a tunnel', 'CONNECT example.org:443 HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n', '400'],
    [
      'an upgrade',
      'GET /nothing HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
      '404',
    ],
  ])('has the documented form and the security headers: %s', async (_, bytes, status) => {
    const answer = await exchange(bytes);
    expect(errorSchema.parse(JSON.parse(answer.body)).error.message).not.toBe('');
    expect(answer.status).toBe(status);
    for (const name of ['x-content-type-options: nosniff', 'content-security-policy: ', 'cache-control: no-store'])
      expect(answer.head).toContain(name);
    expect(answer.head).toContain('content-type: application/json');
  });
});

describe('a server without keys', () => {
  it.each([
    'x-real-ip', 'via', 'forwarded', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-server',
    'x-client-ip', 'true-client-ip', 'cf-connecting-ip', 'x-original-host', 'x-envoy-external-address', 'fastly-client-ip',
    'x-cluster-client-ip', 'x-azure-clientip', 'proxy-connection',
  ])('refuses a request that a proxy passed on: %s', async (name) => {
    const headers = { host: 'localhost', [name]: '203.0.113.9' };
    const answer = await server.opened.app.inject({ method: 'GET', url: '/v1/jobs', headers });
    expect(answer.statusCode).toBe(403);
  }); // prettier-ignore

  it('refuses HTTP/1.0, which proxies speak and browsers do not', async () => {
    expect((await exchange('GET /v1/jobs HTTP/1.0\r\nhost: localhost\r\n\r\n')).status).toBe('403');
  });

  it('answers a client of this machine', async () => {
    expect((await fetch(`${server.url}/v1/jobs`)).status).toBe(200);
  });
});

describe('connections that send nothing', () => {
  it('take no place from health checks or from callers with a key', async () => {
    const small = await TestServer.open({ maxConnections: 40 });
    const silent: Socket[] = [];
    try {
      await small.stop();
      const data = await DataFolder.open(small.data.root);
      const key = await TestServer.keyIn(data, { name: 'a', scopes: ['submit'] });
      await small.start();
      for (let count = 0; count < 200; count++) silent.push(dial(small));
      const bodies =
        'POST /v1/session HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 90\r\n\r\n{';
      silent.forEach((socket, at) => socket.write(at % 2 === 0 ? 'GET /livez HTTP/1.1\r\nhost: loc' : bodies));
      await sleep(300);
      const startedMs = performance.now();
      expect((await fetch(`${small.url}/livez`, { headers: { connection: 'close' } })).status).toBe(200);
      const jobs = await fetch(`${small.url}/v1/jobs`, { headers: { authorization: `Bearer ${key}` } });
      expect(jobs.status).toBe(200);
      expect(performance.now() - startedMs).toBeLessThan(8_000);
    } finally {
      for (const socket of silent) socket.destroy();
      await small.close();
    }
  });

  it('leave places for health checks when callers with a key hold all the others', async () => {
    const small = await TestServer.open({ maxConnections: 10 });
    const leaving = new AbortController();
    try {
      await small.stop();
      const data = await DataFolder.open(small.data.root);
      const key = await TestServer.keyIn(data, { name: 'a', scopes: ['submit'] });
      await small.start();
      const open = async () =>
        await fetch(`${small.url}/v1/events`, {
          headers: { authorization: `Bearer ${key}` },
          signal: leaving.signal,
        });
      const streams = await Promise.all(Array.from({ length: 10 }, open));
      expect(streams.filter(({ status }) => status !== 200)).toEqual([]);
      expect(await codeIn(await open())).toBe('503 EARSIGHT_SERVER_BUSY');
      expect((await fetch(`${small.url}/livez`)).status).toBe(200);
    } finally {
      leaving.abort();
      await small.close();
    }
  });
});

it('the OpenAPI document states the bounds of wait and limit', async () => {
  const parametersSchema = z.array(z.object({ name: z.string(), schema: z.unknown() }));
  const document = z
    .object({ paths: z.record(z.string(), z.record(z.string(), z.looseObject({}))) })
    .parse(await (await fetch(`${server.url}/docs/json`)).json());
  const schemaOf = (path: string, method: string, name: string) =>
    parametersSchema.parse(document.paths[path]?.[method]?.['parameters']).find((parameter) => parameter.name === name)
      ?.schema;
  const wait = { type: 'integer', minimum: 0, maximum: 50 };
  expect(schemaOf('/v1/jobs', 'get', 'limit')).toMatchObject({ type: 'integer', minimum: 1, maximum: 200 });
  expect(schemaOf('/v1/jobs', 'post', 'wait')).toMatchObject(wait);
  expect(schemaOf('/v1/jobs/{id}', 'get', 'wait')).toMatchObject(wait);
  expect(schemaOf('/v1/jobs/{id}/result', 'get', 'wait')).toMatchObject(wait);
});
