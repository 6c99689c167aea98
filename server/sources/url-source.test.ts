import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toEarsightError } from '../../core/errors.js';
import type { AddressPolicy } from '../security/address-guard.js';
import { fetchTo, nameOfUrl, shownUrl } from './url-source.js';

let folder: string;
let stub: Server;
let port = 0;
const requested: string[] = [];
let count = 0;

type Answer = (reply: ServerResponse) => void;
const redirect =
  (to: () => string): Answer =>
  (reply) => {
    reply.writeHead(302, { location: to() });
    reply.end();
  };
const ANSWERS: Record<string, Answer> = {
  '/clip.mp4': (reply) => reply.writeHead(200, { 'content-type': 'video/mp4', 'content-length': 4 }).end('clip'),
  '/no-length': (reply) => reply.writeHead(200, { 'content-type': 'video/mp4' }).end('clip'),
  '/page': (reply) => reply.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
  '/list': (reply) => reply.writeHead(200, { 'content-type': 'application/vnd.apple.mpegurl' }).end('#EXTM3U'),
  '/large': (reply) =>
    reply.writeHead(200, { 'content-type': 'video/mp4', 'content-length': 5000 }).end(Buffer.alloc(5000)),
  '/endless': (reply) => {
    reply.writeHead(200, { 'content-type': 'video/mp4' });
    const more = setInterval(() => reply.write(Buffer.alloc(300)), 2);
    reply.once('close', () => clearInterval(more));
  },
  '/cut': (reply) => {
    reply.writeHead(200, { 'content-type': 'video/mp4', 'content-length': 100 });
    reply.write('half', () => reply.destroy());
  },
  '/stall': (reply) => void reply.writeHead(200, { 'content-type': 'video/mp4', 'content-length': 100 }).write('half'),
  '/missing': (reply) => reply.writeHead(404).end(),
  '/good-way': redirect(() => '/clip.mp4'),
  '/to-loopback': redirect(() => `http://127.0.0.1:${port}/clip.mp4`),
  '/to-private': redirect(() => 'http://10.0.0.1/clip.mp4'),
  '/to-mapped': redirect(() => `http://[::ffff:127.0.0.1]:${port}/clip.mp4`),
  '/to-decimal': redirect(() => `http://2130706433:${port}/clip.mp4`),
  '/to-file': redirect(() => 'file:///etc/passwd'),
  '/to-name': redirect(() => `http://inside.example:${port}/clip.mp4`),
  '/round': redirect(() => '/round'),
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earsight-fetch-'));
  stub = createServer((request, reply) => {
    requested.push(`${request.headers.host ?? ''}${request.url ?? ''}`);
    (ANSWERS[request.url ?? ''] ?? ANSWERS['/missing'])?.(reply);
  });
  await new Promise<void>((resolve) => stub.listen(0, '127.0.0.1', resolve));
  const address = stub.address();
  port = address !== null && typeof address === 'object' ? address.port : 0;
});
afterAll(async () => {
  stub.closeAllConnections();
  await new Promise((resolve) => stub.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

/** Allows the stub server's own name; other names are checked by their IP address. */
function policy(): AddressPolicy {
  return {
    allowed: new Set([`media.example:${port}`]),
    resolve: () => Promise.resolve(['127.0.0.1']),
  };
}

async function fetched(url: string, more: Partial<Parameters<typeof fetchTo>[2]> = {}): Promise<string> {
  const path = join(folder, String(count++));
  try {
    const { bytes } = await fetchTo(path, url, {
      policy: policy(),
      maxBytes: 1000,
      minFreeBytes: 0,
      signal: new AbortController().signal,
      progress: () => undefined,
      ...more,
    });
    return `${bytes} ${await readFile(path, 'utf8')}`;
  } catch (error) {
    return toEarsightError(error).code;
  }
}

describe('fetchTo', () => {
  it.each([
    ['/clip.mp4', '4 clip'],
    ['/no-length', '4 clip'],
    ['/good-way', '4 clip'],
    ['/page', 'EARSIGHT_INPUT_NOT_MEDIA'],
    ['/list', 'EARSIGHT_INPUT_NOT_MEDIA'],
    ['/large', 'EARSIGHT_INPUT_TOO_LARGE'],
    ['/endless', 'EARSIGHT_INPUT_TOO_LARGE'],
    ['/cut', 'EARSIGHT_URL_FAILED'],
    ['/missing', 'EARSIGHT_URL_FAILED'],
    ['/round', 'EARSIGHT_URL_FAILED'],
  ])('returns for %s: %s', async (path, expected) => {
    expect(await fetched(`http://media.example:${port}${path}`)).toBe(expected);
  });

  it.each(['/to-loopback', '/to-private', '/to-mapped', '/to-decimal', '/to-file', '/to-name'])(
    'refuses the redirect of %s without connecting to its target',
    async (path) => {
      requested.length = 0;
      expect(await fetched(`http://media.example:${port}${path}`)).toBe('EARSIGHT_URL_REFUSED');
      expect(requested).toEqual([`media.example:${port}${path}`]);
    },
  );

  it('connects to the address that was checked when a name later resolves to another one (rebinding)', async () => {
    const answers = [['93.184.216.34'], ['127.0.0.1']];
    const hosts: string[] = [];
    const rebinding = {
      allowed: new Set<string>(),
      resolve: (host: string) => {
        hosts.push(host);
        return Promise.resolve(answers.shift() ?? ['127.0.0.1']);
      },
    };
    requested.length = 0;
    const signal = AbortSignal.timeout(300);
    // The checked address is not that of the stub, which must have received no request when the time is over.
    const outcome = await fetched(`http://rebind.example:${port}/clip.mp4`, { policy: rebinding, signal });
    expect(outcome).toMatch(/EARSIGHT_(URL_FAILED|CANCELLED|BUG)/);
    expect(hosts).toEqual(['rebind.example']);
    expect(requested).toEqual([]);
  });

  it('refuses a name that resolves to this machine without connecting to it', async () => {
    requested.length = 0;
    expect(await fetched(`http://inside.example:${port}/clip.mp4`)).toBe('EARSIGHT_URL_REFUSED');
    expect(requested).toEqual([]);
  });

  it('gives up a download that stalls', async () => {
    expect(await fetched(`http://media.example:${port}/stall`, { stallSec: 0.2 })).toBe('EARSIGHT_URL_FAILED');
  });

  it('stops a download that is cancelled', async () => {
    const cancel = new AbortController();
    const outcome = fetched(`http://media.example:${port}/stall`, { signal: cancel.signal });
    setTimeout(() => cancel.abort(), 100);
    expect(await outcome).toBe('EARSIGHT_CANCELLED');
  });

  it('ignores proxy settings of the environment', async () => {
    process.env['http_proxy'] = 'http://127.0.0.1:9';
    try {
      expect(await fetched(`http://media.example:${port}/clip.mp4`)).toBe('4 clip');
    } finally {
      delete process.env['http_proxy'];
    }
  });
});

it('an address is shown without its query and gives a safe file name', () => {
  const url = new URL('https://example.org/a/my%20clip.mp4?token=secret#t=3');
  expect(shownUrl(url)).toBe('https://example.org/a/my%20clip.mp4');
  expect(nameOfUrl(url)).toBe('my clip.mp4');
  expect(nameOfUrl(new URL('https://example.org/'))).toBe('upload');
  expect(nameOfUrl(new URL('https://example.org/%2e%2e%2fetc%2fpasswd'))).toBe('passwd');
  expect(existsSync('passwd')).toBe(false);
});
