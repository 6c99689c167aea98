import { expect, it } from 'vitest';
import { RecentPacks } from './recent-packs.js';

const NAMES = ['a', 'b', 'c', 'd', 'e'];

function packsThatRecordClosing(): { closed: string[]; packs: { name: string; close: () => Promise<void> }[] } {
  const closed: string[] = [];
  const close = (name: string): Promise<void> => {
    closed.push(name);
    return Promise.resolve();
  };
  return { closed, packs: NAMES.map((name) => ({ name, close: async () => await close(name) })) };
}

it('unloads the least recently used packs', async () => {
  const { closed, packs } = packsThatRecordClosing();
  const recent = new RecentPacks();
  const use = async (wanted: string): Promise<void> => {
    for (const one of packs.filter(({ name }) => name === wanted)) await recent.use(one, () => Promise.resolve());
  };
  for (const name of ['a', 'b', 'c', 'a', 'd']) await use(name);
  expect(closed).toEqual(['b']);
  for (const name of ['b', 'e']) await use(name);
  expect(closed).toEqual(['b', 'c', 'a']);
});

it('keeps packs that are in use, also when another use of them failed', async () => {
  const { closed, packs } = packsThatRecordClosing();
  const recent = new RecentPacks();
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const [first, ...others] = packs;
  const long = recent.use(first ?? expect.fail(), async () => await released);
  await expect(recent.use(first ?? expect.fail(), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  for (const one of others) await recent.use(one, () => Promise.resolve());
  expect(closed).toEqual(['b']);
  release();
  await long;
  expect(closed).toEqual(['b', 'a']);
});
