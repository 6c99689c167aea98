import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PACKAGE_FOLDER } from '../core/version.js';
import { serverSecret } from './server-secret.js';
import { webhookMessageSchema } from './api-schemas.js';
import { codeIn, jobIn, TestServer } from './testing/test-server.js';
import { signatureOf, webhookSecret } from './webhooks.js';

let receiver: Server;
let port = 0;
let server: TestServer;
const received: { headers: IncomingHttpHeaders; body: string }[] = [];
let statuses: number[] = [];

beforeAll(async () => {
  receiver = createServer((request, reply) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      const status = statuses.shift() ?? 204;
      reply.writeHead(status, status === 302 ? { location: 'http://127.0.0.1:9/' } : {}).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const address = receiver.address();
  port = address !== null && typeof address === 'object' ? address.port : 0;
  server = await TestServer.open({
    webhooks: true,
    allowedHosts: [`127.0.0.1:${port}`],
    webhookWaitsMs: [10, 10],
    resolve: () => Promise.resolve(['10.0.0.1']),
  });
});
afterAll(async () => {
  await server.close();
  await new Promise((resolve) => receiver.close(resolve));
});
beforeEach(() => {
  received.length = 0;
  statuses = [];
});

async function submit(words: string, webhook: string): Promise<Response> {
  const form = new FormData();
  form.append('webhook', webhook);
  form.append('file', new Blob([words]), 'clip.mp4');
  return await fetch(`${server.url}/v1/jobs`, { method: 'POST', body: form });
}

type Check = (header: string | undefined, body: string, secret: string) => boolean;

async function documentedCheck(): Promise<Check> {
  const page = await readFile(join(PACKAGE_FOLDER, 'docs/server.md'), 'utf8');
  const [, block = ''] = /```js\n(.*?)```/s.exec(page) ?? [];
  const module = (await import(`data:text/javascript,${encodeURIComponent(block)}`)) as { isGenuine: Check };
  return module.isGenuine;
}

describe('a webhook', () => {
  it('reports the end of a job, signed with the secret of its submitter', async () => {
    const { id } = await jobIn(await submit('short', `http://127.0.0.1:${port}/told`));
    await expect.poll(() => received.length, { timeout: 10_000 }).toBe(1);
    const [message] = received;
    const { headers, body = '' } = message ?? {};
    const sent = webhookMessageSchema.parse(JSON.parse(body));
    expect(sent).toMatchObject({ type: 'job.done', job: { id, state: 'done', stages: [] } });
    const signature = String(headers?.['x-earsight-signature']);
    const [, seconds = '', digest] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
    const secret = webhookSecret(await serverSecret(server.data.secret), 'local');
    expect(createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')).toBe(digest);
    expect(Math.abs(Number(seconds) - Date.now() / 1000)).toBeLessThan(60);
    expect(body).not.toContain(server.data.root);

    // The receiver's check, as docs/server.md shows it.
    const isGenuine = await documentedCheck();
    expect(isGenuine(signature, body, secret)).toBe(true);
    expect(isGenuine(signature, body.replace('done', 'gone'), secret)).toBe(false);
    expect(isGenuine(signature, body, 'another secret')).toBe(false);
    const old = Number(seconds) - 3600;
    expect(isGenuine(signatureOf(secret, old, body), body, secret)).toBe(false);
    for (const header of [undefined, '', 't=1,v1=00', signature.slice(0, -1)])
      expect(isGenuine(header, body, secret)).toBe(false);
  });

  it('is sent again a bounded number of times until the receiver accepts it', async () => {
    statuses = [500, 302];
    await submit('short', `http://127.0.0.1:${port}/later`);
    await expect.poll(() => received.length, { timeout: 10_000 }).toBe(3);
    statuses = [500, 500, 500, 500, 500];
    await submit('fail', `http://127.0.0.1:${port}/never`);
    await expect.poll(() => received.length, { timeout: 10_000 }).toBe(6);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(received.length).toBe(6);
  });

  it.each(['http://127.0.0.1:1/', 'http://inside.example/', 'http://[::1]/', 'ftp://example.org/', 'nonsense'])(
    'to %s is refused, and the upload is deleted',
    async (webhook) => {
      expect(await codeIn(await submit('short', webhook))).toBe('403 EARSIGHT_URL_REFUSED');
    },
  );
});
