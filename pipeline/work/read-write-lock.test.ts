import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ReadWriteLock } from './read-write-lock.js';

describe('ReadWriteLock', () => {
  it('runs shared calls together, an exclusive call alone, and all of them in order', async () => {
    const lock = new ReadWriteLock();
    let running = 0;
    const started: string[] = [];
    const { signal } = new AbortController();
    const run = async (name: string, exclusive: boolean): Promise<void> =>
      await lock.run(exclusive, signal, async () => {
        running += 1;
        started.push(name);
        if (exclusive) expect(running).toBe(1);
        await sleep(10);
        if (exclusive) expect(running).toBe(1);
        running -= 1;
      });
    const failing = lock.run(true, signal, async () => await Promise.reject(new TypeError('as it does')));
    await expect(failing).rejects.toThrow('as it does');
    await Promise.all([run('a', false), run('b', false), run('suspect', true), run('c', false), run('d', false)]);
    expect(started).toEqual(['a', 'b', 'suspect', 'c', 'd']);
  });

  it('rejects a call that is cancelled while it waits, and starts the calls behind it', async () => {
    const lock = new ReadWriteLock();
    const { signal } = new AbortController();
    const cancel = new AbortController();
    const running = lock.run(false, signal, async () => await sleep(200));
    const exclusive = lock.run(true, cancel.signal, async () => await Promise.reject(new TypeError('it started')));
    const behind = lock.run(false, signal, () => Promise.resolve('started'));
    cancel.abort();
    await expect(exclusive).rejects.toMatchObject({ code: 'EARSIGHT_CANCELLED' });
    expect(await Promise.race([behind, running])).toBe('started');
    await running;
  });
});
