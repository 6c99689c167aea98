import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WorkProcess } from './work-process.js';

/** Ends with whatever process it is given to. */
const ENDS_AT_ONCE = '--import=data:text/javascript,process.exit(3)';
const JOB = { id: 'a', input: '/in/a.mp4', output: 'a', run: { out: '/out', settings: '' } };

let work: WorkProcess;
beforeEach(() => {
  process.env['NODE_OPTIONS'] = ENDS_AT_ONCE;
  work = new WorkProcess({ device: 'cpu', offline: true, onDevice: () => undefined });
});
afterEach(async () => {
  delete process.env['NODE_OPTIONS'];
  await work.close();
});

it('is given up where no process lives long enough to answer', async () => {
  const planning = work.plan(JOB, new AbortController().signal);
  await expect(planning).rejects.toMatchObject({ code: 'EARSIGHT_WORKER_ENDED', details: { times: 5 } });
});

it('is cancelled at once while there is no process', async () => {
  const cancel = new AbortController();
  const planning = work.plan(JOB, cancel.signal);
  planning.catch(() => undefined);
  await sleep(400);
  cancel.abort();
  await expect(planning).rejects.toMatchObject({ code: 'EARSIGHT_CANCELLED' });
});

it('goes on once a process lives', async () => {
  const planning = work.plan(JOB, new AbortController().signal);
  delete process.env['NODE_OPTIONS'];
  await expect(planning).rejects.toMatchObject({ code: 'EARSIGHT_RUN_UNKNOWN' });
});
