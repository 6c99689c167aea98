import { randomBytes } from 'node:crypto';
import { mkdtemp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { warningOf, type Warning } from '../../warnings.js';
import { hashOf } from '../canonical-json.js';
import { hashFile } from '../seal.js';
import type { Recipe } from '../store.js';
import { BucketDocuments } from './bucket-documents.js';
import { BucketStore } from './bucket-store.js';
import { Bucket } from './bucket.js';
import { TcpProxy } from './testing/tcp-proxy.js';
import { credentials, pythonWithMoto, S3Server } from './testing/s3-server.js';

const python = pythonWithMoto();
const RECIPE: Recipe = { key: hashOf('a'), stage: 'shots', scratch: false };
const SCRATCH: Recipe = { key: hashOf('b'), stage: 'extract', scratch: true };
/** More than fits one request, so it is uploaded in parts. */
const LARGE_BYTES = 18 * 1024 * 1024;

describe.skipIf(python === undefined)('BucketStore (skipped without moto for Python)', () => {
  let server: S3Server;
  let proxy: TcpProxy;
  let folder: string;
  let prefix: string;
  let bucket: Bucket;
  let store: BucketStore;

  beforeAll(async () => {
    server = await S3Server.start(python ?? '');
  });
  afterAll(async () => await server.stop());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'earsight-bucket-'));
    prefix = randomBytes(6).toString('hex');
    proxy = await TcpProxy.open(server.port);
    bucket = bucketAt(server.bucket);
    store = await openAt('one');
  });
  afterEach(async () => {
    await proxy.close();
    await rm(folder, { recursive: true, force: true });
  });

  function bucketAt(name: string): Bucket {
    return new Bucket({ bucket: name, prefix }, server.client(credentials, proxy.url));
  }

  /** Opens the store of another machine: the same bucket with its own cache. */
  async function openAt(machine: string, maxCachedBytes?: number): Promise<BucketStore> {
    const bound = maxCachedBytes === undefined ? {} : { maxCachedBytes };
    return await BucketStore.open({ bucket, cacheFolder: join(folder, machine), ...bound });
  }

  async function names(start = ''): Promise<string[]> {
    const found: string[] = [];
    for await (const { name } of bucket.list(start)) found.push(name);
    return found;
  }

  async function fill(target: string): Promise<readonly Warning[]> {
    await mkdir(join(target, 'keyframes'));
    await writeFile(join(target, 'keyframes', 'shot 0001.jpg'), 'picture');
    await writeFile(join(target, 'shots.json'), '{}');
    return [warningOf('EARSIGHT_WARN_HDR', { curve: 'odd' })];
  }

  async function readBack(from: BucketStore, recipe: Recipe, file: string): Promise<string> {
    const lease = from.borrow();
    try {
      return await readFile(join((await lease.artefact(recipe)).folder, file), 'utf8');
    } finally {
      await lease.release();
    }
  }

  it('shows a complete artefact of one machine to another machine', async () => {
    expect(await store.has(RECIPE)).toBe(false);
    await store.make(RECIPE, fill);
    const other = await openAt('two');
    expect(await other.has(RECIPE)).toBe(true);
    expect(await readBack(other, RECIPE, 'keyframes/shot 0001.jpg')).toBe('picture');
    await other.make(RECIPE, () => Promise.reject(new Error('made twice')));
  });

  it('keeps one result, and never a mixture, when two machines make an artefact at once', async () => {
    const other = await openAt('two');
    const makeAs = (name: string) => async (target: string) => {
      await sleep(50);
      for (const file of ['a', 'b']) await writeFile(join(target, file), name);
      return [];
    };
    await Promise.all([store.make(RECIPE, makeAs('one')), other.make(RECIPE, makeAs('two'))]);
    expect(await names('artefacts/')).toHaveLength(3);
    for (const one of [store, other, await openAt('three')])
      expect(await readBack(one, RECIPE, 'a')).toBe(await readBack(one, RECIPE, 'b'));
  });

  it('uploads large files in parts and returns identical bytes', async () => {
    const bytes = randomBytes(LARGE_BYTES);
    await store.make(SCRATCH, async (target) => {
      await writeFile(join(target, 'frames.rgb'), bytes);
      return [];
    });
    const lease = (await openAt('two')).borrow();
    const { folder: made } = await lease.artefact(SCRATCH);
    expect(bytes.equals(await readFile(join(made, 'frames.rgb')))).toBe(true);
    await lease.release();
  });

  it('shows nothing of an interrupted upload, and makes the artefact again afterwards', async () => {
    const slow = async (target: string) => {
      for (const part of ['a', 'b', 'c']) await writeFile(join(target, part), randomBytes(300_000));
      return [];
    };
    proxy.closeAfter(500_000);
    await expect(store.make(RECIPE, slow)).rejects.toMatchObject({ code: 'EARSIGHT_STORE_UNREACHABLE' });
    await proxy.open();
    expect(await store.has(RECIPE)).toBe(false);
    await store.make(RECIPE, fill);
    expect(await readBack(await openAt('two'), RECIPE, 'shots.json')).toBe('{}');
  });

  it('recognises its own write when the response was lost', async () => {
    proxy.loseResponseTo(`/${RECIPE.key}/artefact.json?x-id=PutObject`);
    await store.make(RECIPE, fill);
    expect(await readBack(await openAt('two'), RECIPE, 'shots.json')).toBe('{}');
    proxy.loseResponseTo('/quarantine/b.json?x-id=PutObject');
    const documents = new BucketDocuments(bucket);
    await documents.update('quarantine/b.json', (before) => (typeof before === 'number' ? before + 1 : 1));
    expect(await documents.read('quarantine/b.json')).toBe(1);
  });

  it.each(['altered', 'missing'])(
    'refuses an artefact with an object that is %s, and lets it be made again',
    async (damage) => {
      await store.make(RECIPE, fill);
      const file = (await names('artefacts/')).find((name) => name.endsWith('.jpg')) ?? '';
      if (damage === 'altered') await bucket.write(file, 'PICTURE');
      else await bucket.remove(file);
      const other = await openAt('two');
      await expect(readBack(other, RECIPE, 'shots.json')).rejects.toMatchObject({ code: 'EARSIGHT_STORE_CORRUPT' });
      expect(await other.has(RECIPE)).toBe(false);
      await other.make(RECIPE, fill);
      expect(await readBack(store, RECIPE, 'keyframes/shot 0001.jpg')).toBe('picture');
    },
  );

  it('ignores a seal that names files outside the artefact', async () => {
    const files = [{ path: '../../../escaped', bytes: 1, sha256: 'x' }];
    const seal = { schema: 1, key: RECIPE.key, stage: 'shots', attempt: 'ab', files, warnings: [] };
    await bucket.write(`artefacts/${RECIPE.key.slice(0, 2)}/${RECIPE.key}/artefact.json`, JSON.stringify(seal));
    expect(await store.has(RECIPE)).toBe(false);
    await store.make(RECIPE, fill);
    expect(await readBack(await openAt('two'), RECIPE, 'shots.json')).toBe('{}');
  });

  it('keeps a scratch artefact while it is held, on every machine', async () => {
    const other = await openAt('two');
    await store.make(SCRATCH, fill);
    await store.hold(SCRATCH.key, 'job-1');
    await other.hold(SCRATCH.key, 'job-2');
    await other.releaseHold(SCRATCH.key, 'job-1');
    await other.dropIdleScratch();
    expect(await store.has(SCRATCH)).toBe(true);
    await store.releaseHold(SCRATCH.key, 'job-2');
    await store.dropIdleScratch();
    expect(await names()).toEqual([]);
  });

  it('stores an input under its content hash, and refuses one that has changed', async () => {
    const path = join(folder, 'a.mp4');
    await writeFile(path, 'video');
    const source = { path, sha256: await hashFile(path), bytes: 5 };
    await store.putInput(source, 'job');
    const lease = (await openAt('two')).borrow();
    expect(await readFile(await lease.input({ ...source, path: '/elsewhere/a.mp4' }), 'utf8')).toBe('video');
    await lease.release();
    const changed = store.putInput({ ...source, sha256: hashOf('before') }, 'job');
    await expect(changed).rejects.toMatchObject({ code: 'EARSIGHT_INPUT_CHANGED' });
    const gone = store.borrow().input({ ...source, sha256: hashOf('gone') });
    await expect(gone).rejects.toMatchObject({ code: 'EARSIGHT_INPUT_MISSING' });
  });

  it('keeps its cache within bounds without removing artefacts of an open lease', async () => {
    const small = await openAt('two', 250_000);
    const recipes = ['a', 'b', 'c', 'd'].map((text): Recipe => ({ ...RECIPE, key: hashOf(text) }));
    for (const recipe of recipes)
      await store.make(recipe, async (target) => {
        await writeFile(join(target, 'rows'), randomBytes(100_000));
        return [];
      });
    const [first, ...rest] = recipes;
    const lease = small.borrow();
    const { folder: borrowed } = await lease.artefact(first ?? RECIPE);
    for (const recipe of rest) {
      const other = small.borrow();
      await other.artefact(recipe);
      await other.release();
    }
    expect(await readdir(borrowed)).toContain('rows');
    const kept = await readdir(join(folder, 'two', '.earsight', 'artefacts'), { recursive: true });
    expect(kept.filter((name) => name.endsWith('rows')).length).toBeLessThanOrEqual(3);
    await lease.release();
  });

  it('loses no update when several update a document at once', async () => {
    const documents = new BucketDocuments(bucket);
    const adding = [1, 2, 3].map(async (number) => {
      await documents.update('quarantine/a.json', (before) => [
        ...(Array.isArray(before) ? (before as unknown[]) : []),
        number,
      ]);
    });
    await Promise.all(adding);
    expect(new Set((await documents.read('quarantine/a.json')) as number[])).toEqual(new Set([1, 2, 3]));
    expect(await documents.list('quarantine')).toEqual(['a.json']);
  });

  it('reports a missing bucket and an unreachable server, and works again when the server is back', async () => {
    const nowhere = bucketAt('no-such-bucket').read('a');
    await expect(nowhere).rejects.toMatchObject({ code: 'EARSIGHT_STORE_BUCKET' });
    await proxy.close();
    await expect(store.has(RECIPE)).rejects.toMatchObject({ code: 'EARSIGHT_STORE_UNREACHABLE' });
    await proxy.open();
    const impatient = new Bucket({ bucket: server.bucket, prefix }, server.client(credentials, proxy.url, 200));
    server.signal('SIGSTOP');
    try {
      await expect(impatient.read('a')).rejects.toMatchObject({ code: 'EARSIGHT_STORE_UNREACHABLE' });
    } finally {
      server.signal('SIGCONT');
    }
    await store.make(RECIPE, fill);
    expect(await store.has(RECIPE)).toBe(true);
  });

  it('stops an upload when cancelled', async () => {
    server.signal('SIGSTOP');
    const begunMs = performance.now();
    try {
      const made = store.make(RECIPE, fill, AbortSignal.timeout(100));
      await expect(made).rejects.toMatchObject({ code: 'EARSIGHT_CANCELLED' });
    } finally {
      server.signal('SIGCONT');
    }
    expect(performance.now() - begunMs).toBeLessThan(2_000);
  });
});

describe.skipIf(python === undefined)('Bucket with access control (skipped without moto for Python)', () => {
  it('reports refused credentials without revealing them', async () => {
    const server = await S3Server.start(python ?? '', 1);
    try {
      const client = server.client({ accessKeyId: 'AKIASTRANGER', secretAccessKey: 'whispered' });
      const bucket = new Bucket({ bucket: server.bucket, prefix: 'x' }, client);
      const error: unknown = await bucket.read('a').catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'EARSIGHT_STORE_DENIED' });
      expect(String(error)).not.toMatch(/STRANGER|whispered/);
    } finally {
      await server.stop();
    }
  });
});
