import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import type { Job } from '../../queues/engine.js';
import type { Stage } from '../../core/stage.js';
import type { StageServices } from '../../stages/services.js';
import { ArtefactStore } from '../../core/store/artefact-store.js';
import { ResultFolder, type Results } from './result-folder.js';
import { stageNode } from './stage-graph.js';
import { readVideoRecord } from './video-record.js';

let out: string;
let store: ArtefactStore;
let folder: ResultFolder;
let job: Job;

const stage: Stage<object, StageServices> = {
  name: 'words',
  version: 1,
  inputs: [],
  params: z.strictObject({}),
  resource: 'light',
  scratch: false,
  run: () => Promise.resolve(),
};

beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'earsight-results-'));
  store = await ArtefactStore.open(out);
  folder = new ResultFolder(out, store, [stageNode(stage, {}, { publishes: ['words.txt'] })]);
  job = { id: 'v', input: join(out, 'v.mp4'), output: 'v', run: { out, settings: 'none' } };
  await writeFile(job.input, 'as it was given');
});
afterEach(async () => await rm(out, { recursive: true, force: true }));

/** Results of the file as it is now. `meanwhile` runs while they are fetched. */
async function resultsOf(meanwhile: () => Promise<void>): Promise<Results> {
  const source = await store.identify(job.input);
  return {
    source,
    identify: async () => await store.identify(job.input),
    artefacts: async () => {
      const made = await store.make({ key: 'k', stage: 'words', scratch: false }, async (target) => {
        await writeFile(join(target, 'words.txt'), 'what was seen');
        return [];
      });
      await meanwhile();
      return new Map([['words', made]]);
    },
  };
}

it('publishes the results with a record of the file that they were made from', async () => {
  const results = await resultsOf(() => Promise.resolve());
  await folder.publishOnce(job, results, new AbortController().signal);
  expect(await readFile(join(out, 'v/words.txt'), 'utf8')).toBe('what was seen');
  expect(await readVideoRecord(store, 'v')).toMatchObject({ sha256: results.source.sha256 });
});

it.each(['before its results were fetched', 'while they were fetched'])(
  'refuses the results of a file that was overwritten %s',
  async (when) => {
    const overwrite = async (): Promise<void> => await writeFile(job.input, 'another film');
    const results = await resultsOf(when === 'while they were fetched' ? overwrite : () => Promise.resolve());
    if (when !== 'while they were fetched') await overwrite();
    const publishing = folder.publishOnce(job, results, new AbortController().signal);
    await expect(publishing).rejects.toMatchObject({ code: 'EARSIGHT_INPUT_CHANGED' });
    expect(await readVideoRecord(store, 'v')).toBeNull();
    expect(existsSync(join(out, 'v'))).toBe(false);
  },
);
