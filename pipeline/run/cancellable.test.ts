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

const REASONS = { 'its own error': new Error('enough'), 'a timeout': new DOMException('', 'TimeoutError') };

describe.each(Object.entries(REASONS))('when the caller aborts with %s', (_, reason) => {
  it('cancellable() fails with EARSIGHT_CANCELLED, before and during the work', async () => {
    const work = async (signal: AbortSignal): Promise<void> => {
      controller.abort(reason);
      await Promise.reject(signal.reason as Error);
    };
    const controller = new AbortController();
    for (const signal of [AbortSignal.abort(reason), controller.signal])
      await expect(cancellable(signal, work)).rejects.toMatchObject({ code: 'EARSIGHT_CANCELLED', cause: reason });
  });

  it('run() is cancelled and reports no failed video', async () => {
    await makeTinyVideos(join(folder, 'in'), 1);
    const packs = [await makeEmptyPack(join(folder, 'pack'))];
    const runOn = async (inputs: string[]) => {
      const controller = new AbortController();
      const onEvent = ({ type }: { type: string }): void => {
        if (type === 'packs') controller.abort(reason);
      };
      return await run({ inputs, out: join(folder, 'out'), packs, offline: true, signal: controller.signal, onEvent });
    };
    await expect(runOn([join(folder, 'in')])).rejects.toMatchObject({ code: 'EARSIGHT_CANCELLED' });
    expect((await runOn([join(folder, 'in/tiny-00.mp4')])).rows).toEqual([]);
  });
});
