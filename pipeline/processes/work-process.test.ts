import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WorkProcess } from './work-process.js';

/** NODE_OPTIONS with which a process exits at once. */
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

it('rejects a call after five processes ended before they answered it', async () => {
  const planning = work.plan(JOB, new AbortController().signal);
  await expect(planning).rejects.toMatchObject({ code: 'EARSIGHT_WORKER_ENDED', details: { times: 5 } });
});

it('cancels a call at once while no process is running', async () => {
  const cancel = new AbortController();
  const planning = work.plan(JOB, cancel.signal);
  planning.catch(() => undefined);
  await sleep(400);
  cancel.abort();
  await expect(planning).rejects.toMatchObject({ code: 'EARSIGHT_CANCELLED' });
});

it('answers a pending call when a later process stays alive', async () => {
  const planning = work.plan(JOB, new AbortController().signal);
  delete process.env['NODE_OPTIONS'];
  await expect(planning).rejects.toMatchObject({ code: 'EARSIGHT_RUN_UNKNOWN' });
});
