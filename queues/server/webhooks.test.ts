import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { serverSecret } from './server-secret.js';
import { codeIn, jobIn, TestServer } from './testing/test-server.js';
import { webhookSecret } from './webhooks.js';

let receiver: Server;
let port = 0;
let server: TestServer;
const got: { headers: IncomingHttpHeaders; body: string }[] = [];
let statuses: number[] = [];

beforeAll(async () => {
  receiver = createServer((request, reply) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      got.push({ headers: request.headers, body });
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
  got.length = 0;
  statuses = [];
});

async function submit(words: string, webhook: string): Promise<Response> {
  const form = new FormData();
  form.append('webhook', webhook);
  form.append('file', new Blob([words]), 'clip.mp4');
  return await fetch(`${server.url}/v1/jobs`, { method: 'POST', body: form });
}

describe('a webhook', () => {
  it('tells the end of a job, signed with the secret of its submitter', async () => {
    const { id } = await jobIn(await submit('short', `http://127.0.0.1:${port}/told`));
    await expect.poll(() => got.length, { timeout: 10_000 }).toBe(1);
    const [message] = got;
    expect(JSON.parse(message?.body ?? '')).toMatchObject({ type: 'job.done', job: { id, state: 'done' } });
    const signature = String(message?.headers['x-earsight-signature']);
    const [, seconds = '', digest] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
    const secret = webhookSecret(await serverSecret(server.data.secret), 'local');
    expect(
      createHmac('sha256', secret)
        .update(`${seconds}.${message?.body ?? ''}`)
        .digest('hex'),
    ).toBe(digest);
    expect(Math.abs(Number(seconds) - Date.now() / 1000)).toBeLessThan(60);
    expect(message?.body).not.toContain(server.data.root);
  });

  it('is sent again while nobody takes it, a bounded number of times', async () => {
    statuses = [500, 302];
    await submit('short', `http://127.0.0.1:${port}/later`);
    await expect.poll(() => got.length, { timeout: 10_000 }).toBe(3);
    statuses = [500, 500, 500, 500, 500];
    await submit('fail', `http://127.0.0.1:${port}/never`);
    await expect.poll(() => got.length, { timeout: 10_000 }).toBe(6);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(got.length).toBe(6);
  });

  it.each(['http://127.0.0.1:1/', 'http://inside.example/', 'http://[::1]/', 'ftp://example.org/', 'nonsense'])(
    'to %s is refused, and the upload goes',
    async (webhook) => {
      expect(await codeIn(await submit('short', webhook))).toBe('403 EARSIGHT_URL_REFUSED');
    },
  );
});
