import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDocuments } from '../work/open-store.js';
import { Quarantine } from '../work/quarantine.js';
import { isOwnFault, memoryKills } from '../../core/processes/process-ended.js';
import { recordDeath } from '../work/record-death.js';

describe("a worker's end", () => {
  it.each([
    [{ code: null, signal: 'SIGSEGV' }, 0, true],
    [{ code: null, signal: 'SIGABRT' }, 0, true],
    [{ code: 1, signal: null }, 0, true],
    [{ code: null, signal: 'SIGKILL' }, 1, true],
    [{ code: null, signal: 'SIGKILL' }, 0, false],
    [{ code: null, signal: 'SIGTERM' }, 0, false],
    [{ code: 0, signal: null }, 0, false],
  ] as const)('by %j, with %d kills for memory: its own doing %j', (ending, kills, own) => {
    expect(isOwnFault(ending, kills)).toBe(own);
  });

  it('asks the kernel for its kills', async () => {
    expect(await memoryKills()).toBeGreaterThanOrEqual(0);
  });
});

describe('quarantine', () => {
  const sha256 = 'ab'.repeat(32);
  let out: string;
  let input: string;

  beforeEach(async () => {
    out = await mkdtemp(join(tmpdir(), 'earsight-quarantine-'));
    input = join(out, 'a.mp4');
    await writeFile(input, 'no video');
  });
  afterEach(async () => await rm(out, { recursive: true, force: true }));

  async function die(times: number): Promise<void> {
    const underway = [{ out, input, sha256, step: 'extract' }];
    const deaths = Array.from({ length: times }, async () => {
      await recordDeath(underway, { code: null, signal: 'SIGSEGV' }, ['last words']);
    });
    await Promise.all(deaths);
  }

  it('suspects after one death, refuses after two at the same moment, and lets go', async () => {
    const quarantine = new Quarantine(await openDocuments(out));
    expect(await quarantine.admit(sha256, input)).toEqual({ suspect: false });
    await die(1);
    expect(await quarantine.admit(sha256, input)).toEqual({ suspect: true });
    await quarantine.release(sha256);
    await die(2);
    await expect(quarantine.admit(sha256, input)).rejects.toMatchObject({ code: 'EARSIGHT_QUARANTINED' });
    expect(await quarantine.list()).toMatchObject([
      {
        input,
        deaths: [{ ending: 'SIGSEGV', stderr: ['last words'] }, {}],
        probe: { error: expect.any(String) as string },
      },
    ]);
    await quarantine.release(sha256);
    expect(await quarantine.list()).toEqual([]);
    await expect(quarantine.release(sha256)).rejects.toMatchObject({ code: 'EARSIGHT_JOB_UNKNOWN' });
    await expect(quarantine.release('../../x')).rejects.toMatchObject({ code: 'EARSIGHT_JOB_UNKNOWN' });
  });
});
