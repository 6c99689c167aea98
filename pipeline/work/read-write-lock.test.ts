import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ReadWriteLock } from './read-write-lock.js';

it('lets many pass at once, one alone, and nobody be overtaken for ever', async () => {
  const gate = new ReadWriteLock();
  let inside = 0;
  const seen: string[] = [];
  const { signal } = new AbortController();
  const pass = async (name: string, alone: boolean): Promise<void> =>
    await gate.pass(alone, signal, async () => {
      inside += 1;
      seen.push(name);
      if (alone) expect(inside).toBe(1);
      await sleep(10);
      if (alone) expect(inside).toBe(1);
      inside -= 1;
    });
  const failing = gate.pass(true, signal, async () => await Promise.reject(new TypeError('as it does')));
  await expect(failing).rejects.toThrow('as it does');
  await Promise.all([pass('a', false), pass('b', false), pass('suspect', true), pass('c', false), pass('d', false)]);
  expect(seen).toEqual(['a', 'b', 'suspect', 'c', 'd']);
});

it('lets one that is cancelled before its turn go at once, and those behind it in', async () => {
  const gate = new ReadWriteLock();
  const { signal } = new AbortController();
  const cancel = new AbortController();
  const inside = gate.pass(false, signal, async () => await sleep(200));
  const suspect = gate.pass(true, cancel.signal, async () => await Promise.reject(new TypeError('it came in')));
  const behind = gate.pass(false, signal, () => Promise.resolve('in'));
  cancel.abort();
  await expect(suspect).rejects.toMatchObject({ code: 'EARSIGHT_CANCELLED' });
  expect(await Promise.race([behind, inside])).toBe('in');
  await inside;
});
