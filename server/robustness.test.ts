import { readdir } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JobLog } from './job-log.js';
import { codeIn, jobIn, TestServer } from './testing/test-server.js';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.open({ maxUploadBytes: 200_000, maxUnfinished: 3 });
});
afterAll(async () => await server.close());

const HEAD = '--b\r\ncontent-disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n';

function dial(to = server): Socket {
  return connect(Number(new URL(to.url).port), '127.0.0.1').on('error', () => undefined);
}

function uploadHead(length: number): string {
  return `POST /v1/jobs HTTP/1.1\r\nhost: localhost\r\ncontent-type: multipart/form-data; boundary=b\r\ncontent-length: ${length}\r\n\r\n`;
}

/** Everything that arrives until the connection ends. */
async function answerOn(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('utf8').on('data', (more: string) => (text += more));
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

async function nothingStaged(to = server): Promise<void> {
  await expect.poll(async () => await readdir(to.data.inputs), { timeout: 10_000 }).toEqual([]);
}

describe('an upload', () => {
  it('leaves no file when the connection is lost', async () => {
    const sockets = Array.from({ length: 20 }, () => dial());
    for (const socket of sockets) socket.write(`${uploadHead(100_000)}${HEAD}some bytes`);
    await expect.poll(async () => (await readdir(server.data.inputs)).length, { timeout: 10_000 }).toBeGreaterThan(0);
    for (const socket of sockets) socket.destroy();
    await nothingStaged();
  });

  it('is aborted with an error code when it stalls', async () => {
    const impatient = await TestServer.open({ uploadStallSec: 1 });
    try {
      const socket = dial(impatient);
      socket.write(`${uploadHead(100_000)}${HEAD}some bytes`);
      const text = await answerOn(socket);
      expect(text).toMatch(/^HTTP\/1\.1 408 /);
      expect(text).toContain('EARSIGHT_REQUEST_TIMEOUT');
      await nothingStaged(impatient);
    } finally {
      await impatient.close();
    }
  });

  it('is refused when the disk is nearly full, and the server reports that it is not ready', async () => {
    const full = await TestServer.open({ minFreeBytes: Number.MAX_SAFE_INTEGER });
    try {
      expect(await codeIn(await full.upload('short'))).toBe('507 EARSIGHT_DISK_FULL');
      await nothingStaged(full);
      expect((await fetch(`${full.url}/readyz`)).status).toBe(503);
    } finally {
      await full.close();
    }
  });

  it('is refused before it is read when its length is too large', async () => {
    const socket = dial();
    socket.write(`${uploadHead(10_000_000)}${HEAD}some bytes`);
    const text = await answerOn(socket);
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(text).toContain('EARSIGHT_INPUT_TOO_LARGE');
    await nothingStaged();
  });

  it('is refused when it turns out too large without a stated length', async () => {
    const socket = dial();
    socket.write(
      'POST /v1/jobs HTTP/1.1\r\nhost: localhost\r\ncontent-type: multipart/form-data; boundary=b\r\ntransfer-encoding: chunked\r\n\r\n',
    );
    const send = (text: string) => socket.write(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
    const answer = answerOn(socket);
    send(HEAD);
    for (let chunks = 0; chunks < 40 && !socket.destroyed; chunks++) {
      send('x'.repeat(10_000));
      await sleep(1);
    }
    expect(await answer).toContain('EARSIGHT_INPUT_TOO_LARGE');
    await nothingStaged();
  });

  it('is accepted when it arrives byte by byte', async () => {
    const body = `${HEAD}short\r\n--b--\r\n`;
    const socket = dial();
    const answer = answerOn(socket);
    socket.write(uploadHead(body.length).replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n'));
    for (const character of body) {
      socket.write(character);
      await sleep(2);
    }
    expect(await answer).toMatch(/^HTTP\/1\.1 201 /);
  });

  it('is refused with Retry-After before its body is read when the queue is full', async () => {
    // Wait for the jobs of earlier tests.
    for (const state of ['queued', 'running'])
      await expect
        .poll(async () => await (await fetch(`${server.url}/v1/jobs?state=${state}`)).json(), { timeout: 10_000 })
        .toEqual({ jobs: [], next: null });
    const jobs = await Promise.all([1, 2, 3].map(async () => await jobIn(await server.upload('wait'))));
    const refused = await server.upload('wait');
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await codeIn(refused)).toBe('429 EARSIGHT_QUEUE_FULL');
    for (const { id } of jobs)
      expect((await fetch(`${server.url}/v1/jobs/${id}?purge=true`, { method: 'DELETE' })).status).toBe(204);
    await nothingStaged();
  });
});

describe('a connection without a valid request', () => {
  it.each([
    [
      'headers over 16 KiB',
      `GET /v1/jobs HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
      '431',
      'EARSIGHT_REQUEST_TOO_LARGE',
    ],
    ['random bytes', '\u0000\u0001\u0002\r\n\r\n', '400', 'EARSIGHT_REQUEST_INVALID'],
    [
      'two Content-Length headers',
      'POST /v1/jobs HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n',
      '400',
      'EARSIGHT_REQUEST_INVALID',
    ],
    [
      'both Content-Length and chunks',
      'POST /v1/jobs HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n',
      '400',
      'EARSIGHT_REQUEST_INVALID',
    ],
    [
      'an invalid percent encoding',
      'GET /%zz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n',
      '400',
      'EARSIGHT_REQUEST_INVALID',
    ],
  ])('is answered with an error code: %s', async (_, bytes, status, code) => {
    const socket = dial();
    socket.write(bytes);
    const text = await answerOn(socket);
    expect(text).toContain(`HTTP/1.1 ${status} `);
    expect(text).toContain(code);
  });

  it('does not delay other requests, even if a hundred connections send nothing', async () => {
    const silent = Array.from({ length: 100 }, () => dial());
    for (const socket of silent) socket.write('GET /v1/jobs HTTP/1.1\r\nhost: loc');
    expect((await fetch(`${server.url}/v1/jobs`)).status).toBe(200);
    for (const socket of silent) socket.destroy();
  });
});

describe('event streams', () => {
  it('send only the newest progress to a slow reader, with bounded memory', async () => {
    const log = new JobLog();
    const reader = log.follow(null, new AbortController().signal);
    log.append({ type: 'started', stages: ['look'] });
    await reader.next();
    for (let step = 0; step <= 1000; step++) log.append({ type: 'progress', stage: 'look', fraction: step / 1000 });
    for (let many = 0; many < 1000; many++)
      log.append({ type: 'warning', stage: 'look', code: 'EARSIGHT_WARN_HDR', message: String(many), advice: '' });
    log.append({ type: 'done' });
    log.end();
    const rest = [];
    for await (const { event } of reader) rest.push(event);
    expect(rest[0]).toEqual({ type: 'progress', stage: 'look', fraction: 1 });
    expect(rest.at(-1)).toEqual({ type: 'done' });
    expect(rest.length).toBe(52);
  });

  it('are closed when their readers disconnect', async () => {
    const { id } = await jobIn(await server.upload('wait'));
    for (let round = 0; round < 30; round++) {
      const leaving = new AbortController();
      const answer = await fetch(`${server.url}/v1/jobs/${id}/events`, { signal: leaving.signal });
      await answer.body?.getReader().read();
      leaving.abort();
    }
    const connections = async () =>
      await new Promise<number>((resolve) => server.opened.app.server.getConnections((_, count) => resolve(count)));
    await expect.poll(connections, { timeout: 10_000 }).toBeLessThan(15);
    await fetch(`${server.url}/v1/jobs/${id}?purge=true`, { method: 'DELETE' });
  });

  it('do not keep the server from stopping', async () => {
    const { id } = await jobIn(await server.upload('wait'));
    const streams = [fetch(`${server.url}/v1/jobs/${id}/events`), fetch(`${server.url}/v1/events`)];
    const texts = streams.map(async (stream) => await (await stream).text().catch(() => ''));
    await Promise.all(streams);
    const startedMs = performance.now();
    await server.stop();
    await Promise.all(texts);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    await server.start();
  });
});
