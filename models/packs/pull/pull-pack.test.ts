import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolvePacks } from '../resolve-packs.js';
import type { PackSource } from './pack-source.js';
import { pullPack } from './pull-pack.js';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const NETWORK = Buffer.alloc(300_000, 'weights ');
const IMAGE_CONFIG = JSON.stringify({
  size: { shortest_edge: 224 },
  crop_size: { height: 224, width: 224 },
  image_mean: [0.5, 0.5, 0.5],
  image_std: [0.5, 0.5, 0.5],
});

const TINY: PackSource = {
  name: 'tiny',
  description: 'a tiny hub pack',
  sources: [
    {
      repository: 'someone/tiny-clip',
      revision: 'main',
      folder: 'tiny-clip',
      files: [{ path: 'preprocessor_config.json' }, { path: 'onnx/vision_model.onnx' }],
      model: { role: 'image-text', name: 'tiny-clip', licence: 'MIT', prompt: 'a {label}', logitScale: 100 },
    },
  ],
};

function sha256(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex');
}

/** How the test hub misbehaves. */
interface Faults {
  cutAfter: number | null;
  missing: string | null;
  networkHash: string;
  hang: boolean;
}

describe('pullPack', () => {
  let server: Server;
  let hub: string;
  let cacheDir: string;
  let faults: Faults;
  let requests: { method: string; url: string; range: string | undefined }[];

  beforeEach(async () => {
    faults = { cutAfter: null, missing: null, networkHash: sha256(NETWORK), hang: false };
    requests = [];
    cacheDir = await mkdtemp(join(tmpdir(), 'earsight-pull-'));
    server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    hub = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(cacheDir, { recursive: true });
  });

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '' } = request;
    const { range } = request.headers;
    requests.push({ method, url, range });
    if (faults.hang) return;
    const network = url.endsWith('vision_model.onnx');
    if (faults.missing !== null && url.endsWith(faults.missing)) {
      response.writeHead(404).end();
      return;
    }
    const body = network ? NETWORK : Buffer.from(IMAGE_CONFIG);
    response.setHeader('x-repo-commit', COMMIT);
    if (network) {
      response.setHeader('x-linked-etag', `"${faults.networkHash}"`);
      response.setHeader('x-linked-size', body.length);
    }
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': body.length - from });
    if (method === 'HEAD') response.end();
    else if (network && faults.cutAfter !== null)
      response.write(body.subarray(from, faults.cutAfter), () => response.destroy());
    else response.end(body.subarray(from));
  }

  it('downloads whole files, records commit and hashes, and makes a pack that resolves', async () => {
    const seen: number[] = [];
    const folder = await pullPack(TINY, { hub, cacheDir, onProgress: ({ receivedBytes }) => seen.push(receivedBytes) });
    const total = NETWORK.length + IMAGE_CONFIG.length;
    expect(seen.at(-1)).toBe(total);
    expect([...seen].sort((a, b) => a - b)).toEqual(seen);
    const lock = JSON.parse(await readFile(join(folder, 'pack.lock.json'), 'utf8')) as unknown;
    expect(lock).toMatchObject({
      sources: { 'someone/tiny-clip': { commit: COMMIT, files: { 'onnx/vision_model.onnx': sha256(NETWORK) } } },
    });
    const resolved = await resolvePacks(['tiny'], { cacheDir });
    expect(resolved.geometries).toEqual([{ width: 224, height: 224, fit: 'crop', shortSide: 224 }]);
    // The branch is requested once, and the commit from then on.
    expect(requests.filter(({ url }) => url.includes('/main/'))).toHaveLength(1);
    expect((await readdir(join(folder, 'tiny-clip/onnx'))).join()).toBe('vision_model.onnx');
  });

  it('downloads no file twice', async () => {
    await pullPack(TINY, { hub, cacheDir });
    requests = [];
    await pullPack(TINY, { hub, cacheDir });
    expect(requests.filter(({ method }) => method === 'GET')).toEqual([]);
  });

  it('continues a download that was cut off', async () => {
    faults.cutAfter = 100_000;
    await expect(pullPack(TINY, { hub, cacheDir })).rejects.toMatchObject({ code: 'EARSIGHT_HUB_UNREACHABLE' });
    expect(existsSync(join(cacheDir, 'packs/tiny/pack.json'))).toBe(false);
    await expect(resolvePacks(['tiny'], { cacheDir })).rejects.toMatchObject({ code: 'EARSIGHT_PACK_MISSING' });
    faults.cutAfter = null;
    requests = [];
    const folder = await pullPack(TINY, { hub, cacheDir });
    const again = requests.find(({ method, url }) => method === 'GET' && url.endsWith('vision_model.onnx'));
    expect(again?.range).toMatch(/^bytes=[1-9]\d*-$/);
    expect(sha256(await readFile(join(folder, 'tiny-clip/onnx/vision_model.onnx')))).toBe(sha256(NETWORK));
  });

  it('deletes a file whose hash differs from that of the hub', async () => {
    faults.networkHash = sha256('another');
    await expect(pullPack(TINY, { hub, cacheDir })).rejects.toMatchObject({ code: 'EARSIGHT_PACK_HASH' });
    expect(await readdir(join(cacheDir, 'packs/tiny/tiny-clip/onnx'))).toEqual([]);
  });

  it('restores a changed file to the hash of the first pull', async () => {
    const folder = await pullPack(TINY, { hub, cacheDir });
    await writeFile(join(folder, 'tiny-clip/preprocessor_config.json'), '{}');
    await expect(resolvePacks(['tiny'], { cacheDir })).rejects.toMatchObject({ code: 'EARSIGHT_PACK_HASH' });
    await pullPack(TINY, { hub, cacheDir });
    expect(await readFile(join(folder, 'tiny-clip/preprocessor_config.json'), 'utf8')).toBe(IMAGE_CONFIG);
  });

  it('refuses a file whose hash differs from that of the pack source', async () => {
    const [source] = TINY.sources;
    const pinned = source && {
      ...source,
      files: [{ path: 'preprocessor_config.json', sha256: sha256('what the authors saw') }],
    };
    await expect(pullPack({ ...TINY, sources: pinned ? [pinned] : [] }, { hub, cacheDir })).rejects.toMatchObject({
      code: 'EARSIGHT_PACK_HASH',
    });
  });

  it('names the file that the hub refuses', async () => {
    faults.missing = 'vision_model.onnx';
    await expect(pullPack(TINY, { hub, cacheDir })).rejects.toMatchObject({
      code: 'EARSIGHT_HUB_REFUSED',
      details: { status: 404, file: 'onnx/vision_model.onnx' },
    });
  });

  it('reports a hub that does not answer after five seconds, and an unreachable hub at once', async () => {
    faults.hang = true;
    const start = performance.now();
    await expect(pullPack(TINY, { hub, cacheDir })).rejects.toMatchObject({ code: 'EARSIGHT_HUB_UNREACHABLE' });
    // The limit is five seconds; a busy machine adds to that.
    expect(performance.now() - start).toBeLessThan(10_000);
    await expect(pullPack(TINY, { hub: 'http://127.0.0.1:9', cacheDir })).rejects.toMatchObject({
      code: 'EARSIGHT_HUB_UNREACHABLE',
    });
  });

  it('reports a cache folder that cannot be written', async () => {
    const file = join(cacheDir, 'file');
    await writeFile(file, '');
    await expect(pullPack(TINY, { hub, cacheDir: join(file, 'cache') })).rejects.toMatchObject({
      code: 'EARSIGHT_CACHE_UNWRITABLE',
    });
  });

  it('stops when it is aborted, and refuses the name of an unknown pack', async () => {
    const controller = new AbortController();
    const onProgress = (): void => controller.abort();
    await expect(pullPack(TINY, { hub, cacheDir, onProgress, signal: controller.signal })).rejects.toMatchObject({
      code: 'EARSIGHT_CANCELLED',
    });
    await expect(pullPack('no-such-pack', { hub, cacheDir })).rejects.toMatchObject({ code: 'EARSIGHT_PACK_MISSING' });
  });
});
