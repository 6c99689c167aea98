import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDocuments } from './open-store.js';
import { Quarantine } from './quarantine.js';
import { recordDeath } from './record-death.js';

describe('Quarantine', () => {
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
    const steps = [{ out, input, sha256, step: 'extract' }];
    const deaths = Array.from({ length: times }, async () => {
      await recordDeath(steps, { code: null, signal: 'SIGSEGV' }, ['last words']);
    });
    await Promise.all(deaths);
  }

  it('suspects a video after one death, refuses it after two recorded at once, and releases it', async () => {
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
