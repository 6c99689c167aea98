import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Artefact } from '../stage.js';
import type { Warning } from '../warnings.js';
import { ArtefactStore } from './artefact-store.js';
import { host, temporaryName } from './temporary-name.js';
import { canonicalJson, hashOf } from './canonical-json.js';
import type { Recipe } from './store.js';

let folder: string;
let store: ArtefactStore;
const RECIPE: Recipe = { key: hashOf('a'), stage: 'shots', scratch: false };
const SCRATCH: Recipe = { key: hashOf('b'), stage: 'extract', scratch: true };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earsight-store-'));
  store = await ArtefactStore.open(folder);
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

async function fill(target: string): Promise<readonly Warning[]> {
  await mkdir(join(target, 'keyframes'));
  await writeFile(join(target, 'keyframes', 'shot-0001.jpg'), 'picture');
  await writeFile(join(target, 'shots.json'), '{}');
  return [];
}

/** Holds back its callers until all of them have arrived. */
class Barrier {
  private open = (): void => undefined;
  private readonly opened = new Promise<void>((resolve) => (this.open = resolve));

  constructor(private missing: number) {}

  async arrive(): Promise<void> {
    if (--this.missing === 0) this.open();
    await this.opened;
  }
}

/** Resolves when the maker owns the lock and has filled its folder; `made` resolves when it is done after `pause`. */
async function startedMaking(recipe: Recipe, pause: () => Promise<void>): Promise<{ made: Promise<Artefact> }> {
  return await new Promise((resolve) => {
    const made = store.make(recipe, async (target) => {
      const warnings = await fill(target);
      resolve({ made });
      await pause();
      return warnings;
    });
  });
}

/** Makes a lock look as if its owner had been suspended for a minute. */
async function makeStale({ key }: Recipe): Promise<void> {
  const longAgo = new Date(Date.now() - 60_000);
  await utimes(join(store.root, 'locks', key), longAgo, longAgo);
}

/** Returns the pid of a process that has just ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid ?? 0;
}

describe('canonicalJson', () => {
  it('does not depend on the order of members, and refuses values that JSON cannot represent', () => {
    expect(canonicalJson({ b: [1, null], a: 'ü', c: undefined })).toBe('{"a":"ü","b":[1,null]}');
    expect(hashOf({ a: 1, b: 2 })).toBe(hashOf({ b: 2, a: 1 }));
    expect(() => canonicalJson({ a: Number.NaN })).toThrow(TypeError);
  });
});

describe('ArtefactStore', () => {
  it('makes an artefact once, and again after it was removed', async () => {
    let calls = 0;
    const counted = async (target: string) => (calls++, await fill(target));
    const first = await store.make(RECIPE, counted);
    expect(await readFile(join(first.folder, 'keyframes/shot-0001.jpg'), 'utf8')).toBe('picture');
    expect((await store.make(RECIPE, counted)).folder).toBe(first.folder);
    expect(calls).toBe(1);
    await store.forget(RECIPE);
    await store.make(RECIPE, counted);
    expect(calls).toBe(2);
    expect(await readdir(join(store.root, 'tmp'))).toEqual([]);
  });

  it('lets only one of two concurrent makers fill the artefact', async () => {
    const other = await ArtefactStore.open(folder);
    let calls = 0;
    const slow = async (target: string) => {
      calls++;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return await fill(target);
    };
    const made = await Promise.all([store.make(RECIPE, slow), other.make(RECIPE, slow)]);
    expect(made[0].folder).toBe(made[1].folder);
    expect(calls).toBe(1);
  });

  it('keeps the first artefact when two makers own the lock at once', async () => {
    for (let round = 0; round < 30; round++) {
      const recipe = { ...RECIPE, key: hashOf(round) };
      const filled = new Barrier(2);
      const first = await startedMaking(recipe, async () => await filled.arrive());
      await makeStale(recipe);
      const second = await startedMaking(recipe, async () => await filled.arrive());
      for (const { folder: made } of await Promise.all([first.made, second.made]))
        expect(made).toBe((await store.find(recipe))?.folder);
    }
    expect(await readdir(join(store.root, 'tmp'))).toEqual([]);
  });

  it('does not replace an artefact when a maker that lost its lock finishes late', async () => {
    const resumed = new Barrier(2);
    const late = await startedMaking(RECIPE, async () => await resumed.arrive());
    await makeStale(RECIPE);
    const { folder: made } = await store.make(RECIPE, fill);
    const before = await stat(made);
    await Promise.all([resumed.arrive(), late.made]);
    expect((await stat(made)).ino).toBe(before.ino);
    expect(await readdir(join(store.root, 'tmp'))).toEqual([]);
  });

  it.each(['truncated', 'altered', 'missing'])('makes an artefact again when a file of it is %s', async (damage) => {
    const { folder: made } = await store.make(RECIPE, fill);
    const file = join(made, 'keyframes/shot-0001.jpg');
    if (damage === 'truncated') await truncate(file, 3);
    else if (damage === 'altered') await writeFile(file, 'PICTURE');
    else await rm(file);
    expect(await store.find(RECIPE)).toBeNull();
    await store.make(RECIPE, fill);
    expect(await readFile(file, 'utf8')).toBe('picture');
  });

  it('leaves nothing behind when filling the artefact fails', async () => {
    const failing = async (target: string) => {
      await fill(target);
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    };
    await expect(store.make(RECIPE, failing)).rejects.toMatchObject({ code: 'EARSIGHT_DISK_FULL' });
    expect(await store.find(RECIPE)).toBeNull();
    for (const part of ['tmp', 'locks', 'artefacts']) expect(await readdir(join(store.root, part))).toEqual([]);
  });

  it('sweeps the files of dead processes and no others', async () => {
    const longAgo = new Date(Date.now() - 30 * 24 * 3600_000);
    for (const name of [
      `extract.${host()}.${await deadPid()}.1.dead`,
      // A restarted container has the host name, and often the pid, of the one before.
      `extract.${host()}.${process.pid}.1.before`,
      `extract.elsewhere.1.1.lost`,
    ]) {
      await mkdir(join(store.root, 'tmp', name));
      await writeFile(join(store.root, 'holds', name), '');
      for (const part of ['tmp', 'holds']) await utimes(join(store.root, part, name), longAgo, longAgo);
    }
    await writeFile(join(store.root, 'holds', 'extract.elsewhere.1.1.at-work'), '');
    await store.hold(RECIPE.key, 'mine');
    const alive = await store.temporaryFolder('extract');
    await writeFile(join(store.root, 'locks', 'finished'), `lock.${host()}.${await deadPid()}.1.abc`);
    // A restarted container has the host name, and often the pid, of the one before.
    await writeFile(join(store.root, 'locks', 'before'), `lock.${host()}.${process.pid}.1.abc`);
    await writeFile(join(store.root, 'locks', 'at-work'), temporaryName('lock'));
    await writeFile(join(store.root, 'locks', 'elsewhere'), 'lock.elsewhere.1.1.abc');
    await store.sweep();
    expect(await readdir(join(store.root, 'tmp'))).toEqual([alive.split('/').pop()]);
    expect((await readdir(join(store.root, 'holds'))).map((name) => name.split('.')[1])).toEqual(['mine', 'elsewhere']);
    expect((await readdir(join(store.root, 'locks'))).sort()).toEqual(['at-work', 'elsewhere']);
  });

  it('does not sweep the files of another thread of this process', async () => {
    const module = JSON.stringify(new URL('./temporary-name.ts', import.meta.url).href);
    const script = `require('node:module').register('tsx/esm', ${module}, { data: true });
      const { parentPort } = require('node:worker_threads');
      import(${module}).then(({ temporaryName }) => parentPort.postMessage(temporaryName('extract')));`;
    const thread = new Worker(script, { eval: true, execArgv: [] });
    const [name] = (await once(thread, 'message')) as [string];
    await mkdir(join(store.root, 'tmp', name));
    await store.sweep();
    expect(await readdir(join(store.root, 'tmp'))).toEqual([name]);
  });

  it('takes over the lock of a dead process, and a lock that was not touched for a long time', async () => {
    const lock = join(store.root, 'locks', RECIPE.key);
    await writeFile(lock, `lock.${host()}.${await deadPid()}.1.abc`);
    await store.make(RECIPE, fill);
    await writeFile(lock, 'lock.elsewhere.1.1.abc');
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(lock, longAgo, longAgo);
    await store.forget(RECIPE);
    await store.make(RECIPE, fill);
    expect(await readdir(join(store.root, 'locks'))).toEqual([]);
  });

  it('stops waiting for a lock when cancelled', async () => {
    await writeFile(join(store.root, 'locks', RECIPE.key), 'lock.elsewhere.1.1.abc');
    const signal = AbortSignal.timeout(100);
    await expect(store.make(RECIPE, fill, signal)).rejects.toMatchObject({ code: 'EARSIGHT_CANCELLED' });
  });

  it('keeps a scratch artefact while it is held', async () => {
    await store.make(SCRATCH, fill);
    await store.hold(SCRATCH.key, 'one');
    await store.hold(SCRATCH.key, 'another');
    await store.releaseHold(SCRATCH.key, 'one');
    await store.dropIdleScratch();
    expect(await store.find(SCRATCH)).not.toBeNull();
    await store.releaseHold(SCRATCH.key, 'another');
    await store.dropIdleScratch();
    expect(await store.find(SCRATCH)).toBeNull();
  });
});

describe('ArtefactStore.identify', () => {
  it('returns the SHA-256 of the content, and reads a file again only when it changed', async () => {
    const path = join(folder, 'a.mp4');
    await writeFile(path, 'abc');
    const when = new Date(1_700_000_000_000);
    await utimes(path, when, when);
    const first = await store.identify(path);
    expect(first.sha256).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    // A hash that only the record can have given shows that the file was not read.
    const [name = ''] = await readdir(join(store.root, 'sources'));
    const record = await readFile(join(store.root, 'sources', name), 'utf8');
    await writeFile(join(store.root, 'sources', name), record.replace(first.sha256, 'f'.repeat(64)));
    expect((await store.identify(path)).sha256).toBe('f'.repeat(64));
    // Another content of the same size, in the same inode and with the same modification time.
    await writeFile(path, 'xyz');
    await utimes(path, when, when);
    expect((await store.identify(path)).sha256).toMatch(/^3608bca1e44ea6c4/);
  });

  it('refuses an empty file, a missing file and a folder, each with its own code', async () => {
    await writeFile(join(folder, 'empty.mp4'), '');
    await expect(store.identify(join(folder, 'empty.mp4'))).rejects.toMatchObject({ code: 'EARSIGHT_INPUT_EMPTY' });
    await expect(store.identify(join(folder, 'gone.mp4'))).rejects.toMatchObject({ code: 'EARSIGHT_INPUT_MISSING' });
    await expect(store.identify(folder)).rejects.toMatchObject({ code: 'EARSIGHT_INPUT_NOT_MEDIA' });
  });
});
