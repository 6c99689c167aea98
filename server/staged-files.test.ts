import { readdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { join } from 'node:path';
import { TestServer, jobIn } from './testing/test-server.js';

let stub: Server;
let address: string;
let server: TestServer;

beforeAll(async () => {
  stub = createServer((_, reply) => {
    reply.writeHead(200, { 'content-type': 'video/mp4', 'content-length': 100_000 });
    reply.write(Buffer.alloc(50_000), () => reply.destroy());
  });
  await new Promise<void>((resolve) => stub.listen(0, '127.0.0.1', resolve));
  const listening = stub.address();
  address = `127.0.0.1:${listening !== null && typeof listening === 'object' ? listening.port : 0}`;
  server = await TestServer.open({ urls: true, allowedHosts: [address] });
});
afterAll(async () => {
  await server.close();
  await new Promise((resolve) => stub.close(resolve));
});

it('leaves no file of a download that was interrupted', async () => {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ url: `http://${address}/clip.mp4` });
  const { id } = await jobIn(await fetch(`${server.url}/v1/jobs`, { method: 'POST', headers, body }));
  expect((await server.job(id, '?wait=10')).error?.code).toBe('EARSIGHT_URL_FAILED');
  expect(await readdir(join(server.data.inputs, id))).toEqual([]);
});
