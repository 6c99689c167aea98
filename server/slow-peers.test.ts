import { createServer, type Server, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataFolder } from './data-folder.js';
import { jobIn, TestServer } from './testing/test-server.js';

let peer: Server;
let host = '';
let server: TestServer;
const key: Record<string, string> = {};
const told: string[] = [];
const open = new Set<ServerResponse>();

beforeAll(async () => {
  peer = createServer((request, reply) => {
    const path = request.url ?? '';
    if (path.startsWith('/silent')) {
      open.add(reply);
      return;
    }
    if (path.startsWith('/told')) {
      told.push(path);
      reply.writeHead(204).end();
      return;
    }
    reply.writeHead(200, { 'content-type': 'video/mp4' });
    if (path.startsWith('/quick')) {
      reply.end('short');
      return;
    }
    const drip = setInterval(() => reply.write('x'), 500);
    reply.on('close', () => clearInterval(drip));
  });
  await new Promise<void>((resolve) => peer.listen(0, '127.0.0.1', resolve));
  const address = peer.address();
  host = `127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`;
  server = await TestServer.open({ urls: true, webhooks: true, allowedHosts: [host], uploadWindowSec: 4 });
  await server.stop();
  const data = await DataFolder.open(server.data.root);
  key['slow'] = await TestServer.keyIn(data, { name: 'slow', scopes: ['submit'] });
  key['quick'] = await TestServer.keyIn(data, { name: 'quick', scopes: ['submit'] });
  await server.start();
});
afterAll(async () => {
  for (const reply of open) reply.destroy();
  await server.close();
  peer.closeAllConnections();
  await new Promise((resolve) => peer.close(resolve));
});

async function submit(name: string, body: object, query = ''): Promise<Response> {
  return await fetch(`${server.url}/v1/jobs${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key[name]}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

describe('an address that drips', () => {
  it('blocks no download of another caller, and is given up when it stays below the minimum rate', async () => {
    const slow = await Promise.all(
      Array.from(
        { length: 20 },
        async (_, at) => await jobIn(await submit('slow', { url: `http://${host}/drip${at}` })),
      ),
    );
    const startedMs = performance.now();
    const quick = await jobIn(await submit('quick', { url: `http://${host}/quick` }, '?wait=20'));
    expect(quick.state).toBe('done');
    expect(performance.now() - startedMs).toBeLessThan(15_000);
    const first = await fetch(`${server.url}/v1/jobs/${slow[0]?.id}?wait=15`, {
      headers: { authorization: `Bearer ${key['slow']}` },
    });
    expect(await jobIn(first)).toMatchObject({ state: 'failed', error: { code: 'EARSIGHT_URL_FAILED' } });
    await Promise.all(
      slow.map(
        async ({ id }) =>
          await fetch(`${server.url}/v1/jobs/${id}`, {
            method: 'DELETE',
            headers: { authorization: `Bearer ${key['slow']}` },
          }),
      ),
    );
  }, 40_000);
});

describe('a webhook receiver that never answers', () => {
  it('delays no webhook of another caller', async () => {
    const upload = async (name: string, webhook: string) => {
      const form = new FormData();
      form.append('webhook', webhook);
      form.append('file', new Blob(['short']), 'clip.mp4');
      const headers = { authorization: `Bearer ${key[name]}` };
      return await jobIn(await fetch(`${server.url}/v1/jobs?wait=20`, { method: 'POST', body: form, headers }));
    };
    for (let at = 0; at < 32; at++) await upload('slow', `http://${host}/silent${at}`);
    const startedMs = performance.now();
    await upload('quick', `http://${host}/told/other`);
    await expect.poll(() => told, { timeout: 10_000 }).toEqual(['/told/other']);
    expect(performance.now() - startedMs).toBeLessThan(15_000);
  }, 40_000);
});
