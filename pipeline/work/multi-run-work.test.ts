import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fakeJob } from '../../queues/testing/fake-work.js';
import { makeEmptyPack } from '../../tests/tiny-videos.js';
import { toEarsightError } from '../../core/errors.js';
import { openDocuments } from './open-store.js';
import { prepareRun } from '../run/prepare-run.js';
import { writeRunDocument } from './run-document.js';
import { MultiRunWork } from './multi-run-work.js';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'earsight-runs-'))));
afterEach(async () => await rm(folder, { recursive: true, force: true }));

it('fails with EARSIGHT_WORKER_DIFFERS when this worker lacks a pack, so that another worker can take the job', async () => {
  const pack = await makeEmptyPack(join(folder, 'pack'));
  const { out, document } = await prepareRun({ inputs: [], out: join(folder, 'out'), packs: [pack] });
  const reference = await writeRunDocument(await openDocuments(out), out, document);
  await rename(pack, `${pack}-away`);
  const work = new MultiRunWork({ device: 'cpu', offline: true, onDevice: () => undefined });
  const planned = work.plan({ ...fakeJob('a'), run: reference }, new AbortController().signal);
  const error = await planned.then(() => expect.fail('planned'), toEarsightError);
  expect(error.code).toBe('EARSIGHT_WORKER_DIFFERS');
  expect(error.message).toContain(`no pack at ${pack}`);
  await work.close();
});
