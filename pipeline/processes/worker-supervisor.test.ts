import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { PACKAGE_FOLDER } from '../../core/version.js';

/** The supervisor's delay before it restarts the worker after its second death. */
const PAUSE_MS = 2_000;

it('exits at once on SIGTERM while it waits to restart the worker', async () => {
  const tsx = join(PACKAGE_FOLDER, 'node_modules/tsx/dist/loader.mjs');
  const worker = join(PACKAGE_FOLDER, 'pipeline/processes/testing/dying-worker.ts');
  const child = spawn(process.execPath, ['--import', tsx, worker], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'close');
  let deaths = 0;
  let signalledMs = Number.NaN;
  for await (const line of createInterface(child.stderr)) {
    expect(line).toBe('worker ended by exit code 3; starting it again');
    if (++deaths !== 2) continue;
    child.kill('SIGTERM');
    signalledMs = performance.now();
  }
  expect(await ended).toEqual([0, null]);
  expect(deaths).toBe(2);
  expect(performance.now() - signalledMs).toBeLessThan(PAUSE_MS);
});
