import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { FolderDocuments } from './documents.js';
import { acquireLock, removeStaleLock, STALE_MS } from './lock.js';
import { host } from './temporary-name.js';

const ROUNDS = 50;
const CONTENDERS = 3;

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earsight-lock-'));
  path = join(folder, 'thing.lock');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function startContender(): Promise<ChildProcess> {
  const script = fileURLToPath(new URL('./testing/lock-contender.ts', import.meta.url));
  const child = fork(script, { execArgv: ['--import', 'tsx'], stdio: 'inherit' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'message');
  return child;
}

async function deadPid(): Promise<number> {
  const child = spawn('true');
  await once(child, 'close');
  return child.pid ?? 0;
}

/** Makes a lock file look as if its owner had not touched it for longer than `STALE_MS`. */
async function silence(lock: string): Promise<void> {
  const before = new Date(Date.now() - 2 * STALE_MS);
  await utimes(lock, before, before);
}

describe('acquireLock', () => {
  it('gives the lock of a dead process to one process at a time, in every one of 50 rounds', async () => {
    const contenders = await Promise.all(Array.from({ length: CONTENDERS }, startContender));
    const counter = join(folder, 'counter');
    const pid = await deadPid();
    for (let round = 1; round <= ROUNDS; round++) {
      await writeFile(counter, '0');
      await writeFile(`${counter}.lock`, `lock.${host()}.${pid}.1.${round}`);
      await Promise.all(
        contenders.map(async (child) => {
          const done = once(child, 'message');
          child.send(counter);
          await done;
        }),
      );
      expect(`round ${round}: ${await readFile(counter, 'utf8')}`).toBe(`round ${round}: ${CONTENDERS}`);
    }
    expect(await readdir(folder)).toEqual(['counter']);
  });

  it('gives a stale lock to one of many callers of a process at a time', async () => {
    for (let round = 1; round <= ROUNDS; round++) {
      await writeFile(path, `lock.other-machine.1.1.${round}`);
      await silence(path);
      let owners = 0;
      let most = 0;
      await Promise.all(
        Array.from({ length: CONTENDERS }, async () => {
          const lock = await acquireLock(path);
          most = Math.max(most, ++owners);
          await sleep(1);
          owners--;
          await lock.release();
        }),
      );
      expect(most).toBe(1);
    }
  });

  it('tells an owner that was paused that its lock is lost, and keeps it from removing the lock of the next', async () => {
    const paused = await acquireLock(path);
    await paused.verify();
    await silence(path);
    const next = await acquireLock(path);
    expect(next.takenFrom).toBe('silent');
    await expect(paused.verify()).rejects.toMatchObject({ code: 'EARSIGHT_LOCK_LOST' });
    expect(paused.lost.aborted).toBe(true);
    await paused.release();
    await next.verify();
    await next.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('takes over a lock whose remover was killed halfway', async () => {
    const pid = await deadPid();
    const token = `lock.${host()}.${pid}.1.aa`;
    await writeFile(path, token);
    const { createHash } = await import('node:crypto');
    const right = `${path}.${createHash('sha256').update(token).digest('hex').slice(0, 16)}`;
    await writeFile(right, `right.${host()}.${pid}.1.bb`);
    const lock = await acquireLock(path);
    expect(lock.takenFrom).toBe('dead');
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('does not remove the lock of a living process', async () => {
    const lock = await acquireLock(path);
    expect(await removeStaleLock(path)).toBe(false);
    await lock.verify();
    await lock.release();
  });
});

describe('FolderDocuments', () => {
  it('counts every update of several callers, also when the lock of a dead process lies there', async () => {
    const documents = new FolderDocuments(folder);
    const pid = await deadPid();
    for (let round = 1; round <= ROUNDS; round++) {
      const name = `count-${round}.json`;
      await writeFile(join(folder, `${name}.lock`), `lock.${host()}.${pid}.1.${round}`);
      await Promise.all(
        Array.from({ length: CONTENDERS }, async () => {
          await documents.update(name, (before) => Number(before ?? 0) + 1);
        }),
      );
      expect(await documents.read(name)).toBe(CONTENDERS);
    }
  });

  it('does not bring back a document that is removed while it is updated', async () => {
    const documents = new FolderDocuments(folder);
    for (let round = 1; round <= ROUNDS; round++) {
      await documents.write('a.json', { count: 1 });
      await Promise.all([documents.update('a.json', (before) => before ?? 'new'), documents.remove('a.json')]);
      // Whichever came first, the update never writes what it read before the removal after it.
      expect([null, 'new']).toContainEqual(await documents.read('a.json'));
      await documents.remove('a.json');
    }
  });
});
