import { expect, it } from 'vitest';
import { FairPool } from './fair-pool.js';

const never = new AbortController().signal;

it('gives no caller more than its share and no peer more than its part of that', async () => {
  const pool = new FairPool({ total: 6, perCaller: 4, perPeer: 2 });
  const started: string[] = [];
  const releases: (() => void)[] = [];
  const add = (caller: string, peer: string) =>
    void pool.run({ caller, peer }, never, async () => {
      started.push(`${caller} ${peer}`);
      await new Promise<void>((resolve) => releases.push(resolve));
    });
  for (let count = 0; count < 10; count++) add('a', 'slow');
  for (let count = 0; count < 10; count++) add('a', 'other');
  add('b', 'slow');
  await Promise.resolve();
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(started).toEqual(['a slow', 'a slow', 'a other', 'a other', 'b slow']);
  for (let round = 0; round < 30; round++) {
    for (const release of releases.splice(0)) release();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  expect(started).toHaveLength(21);
});

it('lets work that is aborted while it waits leave at once, and gives its place to nobody twice', async () => {
  const pool = new FairPool({ total: 1, perCaller: 1, perPeer: 1 });
  const place = { caller: 'a', peer: 'p' };
  let release: () => void = () => undefined;
  const first = pool.run(place, never, async () => await new Promise<void>((resolve) => (release = resolve)));
  const leaving = new AbortController();
  const second = pool.run(place, leaving.signal, () => Promise.reject(new Error('it ran')));
  leaving.abort(new Error('left'));
  await expect(second).rejects.toThrow('left');
  const third = pool.run(place, never, () => Promise.resolve('ran'));
  release();
  await first;
  expect(await third).toBe('ran');
});
