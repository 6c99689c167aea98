import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from './testing/test-server.js';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.open({ uploadStallSec: 8, uploadWindowSec: 4 });
});
afterAll(async () => await server.close());

const FILE = 'content-disposition: form-data; name="file"; filename="a.mp4"\r\n\r\nshort';

function formOf(...parts: readonly string[]): string {
  return `${parts.map((part) => `--b\r\n${part}\r\n`).join('')}--b--\r\n`;
}

/** Sends a form on a socket of its own. @returns status and text of the answer, and how long it took */
async function sendForm(body: string, drip: { readonly everyMs?: number } = {}) {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1').on('error', () => undefined);
  const startedMs = performance.now();
  let text = '';
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.setEncoding('utf8').on('data', (more: string) => (text += more));
  socket.write(
    `POST /v1/jobs HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: multipart/form-data; boundary=b\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`,
  );
  if (drip.everyMs === undefined) socket.write(body);
  else
    for (let at = 0; at < body.length && !socket.destroyed && text === ''; at++) {
      socket.write(body.charAt(at));
      await sleep(drip.everyMs);
    }
  await Promise.race([closed, sleep(20_000, undefined, { ref: false })]);
  socket.destroy();
  return { status: text.slice(9, 12), text, tookMs: performance.now() - startedMs };
}

async function nothingStaged(): Promise<void> {
  await expect.poll(async () => await readdir(server.data.inputs), { timeout: 10_000 }).toEqual([]);
}

describe('a form with a part that is not of a form', () => {
  const strange = [
    ['no headers but a type', 'content-type: text/plain\r\n\r\n'],
    ['the disposition attachment', 'content-disposition: attachment; filename="a.mp4"\r\n\r\n'],
    ['a name with a line break', 'content-disposition: form-data; name="a\nb"\r\n\r\n'],
  ] as const;
  it.each(
    strange.flatMap(([title, head]) =>
      [100, 16_384, 40_000, 60_000, 200_000].map((size) => [title, size, head] as const),
    ),
  )('is answered at once: %s, %i bytes', async (_, size, head) => {
    const alone = await sendForm(formOf(head + 'x'.repeat(size)));
    expect(alone.text).toContain('EARSIGHT_REQUEST_INVALID');
    expect(alone.status).toBe('400');
    expect(alone.tookMs).toBeLessThan(20_000);
    const before = await sendForm(formOf(head + 'x'.repeat(size), FILE));
    const after = await sendForm(formOf(FILE, head + 'x'.repeat(size)));
    expect(`${before.status} ${after.status}`).toBe('201 201');
    expect(before.tookMs + after.tookMs).toBeLessThan(30_000);
    await nothingStaged();
  });

  it.each([20_000, 81_000, 100_000, 300_000])('is answered at once: %i bytes of part headers', async (size) => {
    const part = `content-disposition: form-data; name="file"; filename="a.mp4"\r\nx-long: ${'x'.repeat(size)}\r\n\r\n${'y'.repeat(40_000)}`;
    const { text, tookMs } = await sendForm(formOf(part));
    expect(text).toMatch(/^HTTP\/1\.1 (201|4\d\d) /);
    expect(tookMs).toBeLessThan(20_000);
    const unended = await sendForm(formOf(`x-long: ${'x'.repeat(size)}`));
    expect(unended.text).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(unended.tookMs).toBeLessThan(20_000);
    await nothingStaged();
  });
});

describe('a slow upload', () => {
  it('is ended when it arrives more slowly than the minimum rate, wherever it stands', async () => {
    const whole = formOf(`content-disposition: form-data; name="webhook"\r\n\r\n${'x'.repeat(4_000)}`, FILE);
    const [inField, inFile] = await Promise.all([
      sendForm(whole, { everyMs: 100 }),
      sendForm(formOf(FILE + 'x'.repeat(4_000)), { everyMs: 100 }),
    ]);
    for (const answer of [inField, inFile]) {
      expect(answer.text).toContain('EARSIGHT_REQUEST_TIMEOUT');
      expect(answer.tookMs).toBeLessThan(30_000);
    }
    await nothingStaged();
  }, 30_000);
});

describe('a part without a file name', () => {
  it('is refused with a reason that a caller understands', async () => {
    const part = 'content-disposition: form-data; name="file"\r\ncontent-type: application/octet-stream\r\n\r\nshort';
    const { status, text } = await sendForm(formOf(part));
    expect(status).toBe('400');
    expect(text).toContain('file name');
    expect(text).not.toContain('undefined');
    await nothingStaged();
  });
});
