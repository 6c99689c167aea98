import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeEmptyPack, makeTinyVideos } from '../../tests/tiny-videos.js';
import { cancellable } from './cancellable.js';
import { run } from './run.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earsight-cancellable-'));
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

const REASONS = { 'an error of its own': new Error('enough'), 'a time limit': new DOMException('', 'TimeoutError') };

describe.each(Object.entries(REASONS))('a caller that aborts with %s', (_, reason) => {
  it('cancels, before the work and amid it', async () => {
    const work = async (signal: AbortSignal): Promise<void> => {
      controller.abort(reason);
      await Promise.reject(signal.reason as Error);
    };
    const controller = new AbortController();
    for (const signal of [AbortSignal.abort(reason), controller.signal])
      await expect(cancellable(signal, work)).rejects.toMatchObject({ code: 'EARSIGHT_CANCELLED', cause: reason });
  });

  it('has cancelled its run, and no video has failed', async () => {
    await makeTinyVideos(join(folder, 'in'), 1);
    const packs = [await makeEmptyPack(join(folder, 'pack'))];
    const of = async (inputs: string[]) => {
      const controller = new AbortController();
      const onEvent = ({ type }: { type: string }): void => {
        if (type === 'packs') controller.abort(reason);
      };
      return await run({ inputs, out: join(folder, 'out'), packs, offline: true, signal: controller.signal, onEvent });
    };
    await expect(of([join(folder, 'in')])).rejects.toMatchObject({ code: 'EARSIGHT_CANCELLED' });
    expect((await of([join(folder, 'in/tiny-00.mp4')])).rows).toEqual([]);
  });
});
