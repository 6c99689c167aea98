import { appendFileSync, copyFileSync, renameSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunEvent } from '../pipeline/run/run-events.js';
import { run } from '../pipeline/index.js';
import { makeEmptyPack, makeTinyVideos } from './tiny-videos.js';

const CHANGES = {
  replaced: (path: string, other: string) => {
    copyFileSync(other, `${path}.new`);
    renameSync(`${path}.new`, path);
  },
  'appended to': (path: string) => appendFileSync(path, 'more'),
} as const;

/** Whether an event is the moment at which the file is changed. */
const MOMENTS: Readonly<Record<string, (event: RunEvent) => boolean>> = {
  'while it is decoded': (event) => event.type === 'progress' && event.stage === 'extract',
  'after it was decoded': (event) => event.type === 'stage-done' && event.stage === 'extract',
  'before it is published': (event) => event.type === 'stage-done' && event.stage === 'report',
};

let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'earsight-changed-'));
  await makeTinyVideos(join(base, 'made'), 2);
});
afterAll(async () => await rm(base, { recursive: true, force: true }));

const CASES = Object.keys(MOMENTS).flatMap((moment) =>
  Object.keys(CHANGES).map((change) => [change as keyof typeof CHANGES, moment] as const),
);

describe('an input', () => {
  it.each(CASES)('that is %s %s fails with EARSIGHT_INPUT_CHANGED', { timeout: 30_000 }, async (change, moment) => {
    const folder = await mkdtemp(join(base, 'case-'));
    const path = join(folder, 'clip.mp4');
    copyFileSync(join(base, 'made/tiny-00.mp4'), path);
    const packs = [await makeEmptyPack(join(base, 'pack'))];
    let isChanged = false;
    const onEvent = (event: RunEvent): void => {
      if (isChanged || MOMENTS[moment]?.(event) !== true) return;
      isChanged = true;
      CHANGES[change](path, join(base, 'made/tiny-01.mp4'));
    };
    const out = join(folder, 'out');
    const first = await run({ inputs: [path], out, packs, onEvent });
    expect(isChanged).toBe(true);
    expect(first.rows[0]).toMatchObject({ status: 'failed', error: { code: 'EARSIGHT_INPUT_CHANGED' } });
    // Nothing of the first run stays in the way of the next one, nor on the disk.
    expect(await readdir(join(out, '.earsight/scratch'))).toEqual([]);
    const second = await run({ inputs: [path], out, packs });
    expect(second.rows[0]).toMatchObject({ status: 'done' });
  });
});
