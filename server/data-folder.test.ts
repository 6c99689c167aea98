import { mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DataFolder } from './data-folder.js';
import { JobRegistry } from './job-registry.js';

describe('DataFolder', () => {
  it('reports a folder that cannot be created as not writable', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'earsight-data-'));
    try {
      // Not even root can create a folder below a file.
      await writeFile(join(folder, 'file'), '');
      await expect(DataFolder.open(join(folder, 'file/data'))).rejects.toMatchObject({
        code: 'EARSIGHT_OUTPUT_UNWRITABLE',
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.runIf(process.platform === 'linux')(
    'reports a folder on a file system that allows none as not writable',
    async () => {
      await expect(DataFolder.open('/proc/earsight')).rejects.toMatchObject({ code: 'EARSIGHT_OUTPUT_UNWRITABLE' });
    },
  );

  it('creates folders that only its user can read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'earsight-data-'));
    try {
      const { root, jobs } = await DataFolder.open(join(folder, 'data'));
      for (const path of [root, jobs]) expect((await stat(path)).mode & 0o777).toBe(0o700);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('refuses every change once another server has taken the folder over', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'earsight-data-'));
    try {
      const paused = await DataFolder.open(folder);
      const { signal } = new AbortController();
      const lock = await paused.lock(signal);
      const registry = await JobRegistry.open(paused.jobs, async () => await paused.verifyOwner());
      const input = await paused.newInput('job_a', 'clip.mp4');
      const before = new Date(Date.now() - 60_000);
      await utimes(join(folder, 'server.lock'), before, before);
      const next = await DataFolder.open(folder);
      const nextLock = await next.lock(signal);
      expect(next.mayHaveOtherOwner).toBe(true);
      const lost = { code: 'EARSIGHT_LOCK_LOST' };
      await expect(paused.newInput('job_b', 'clip.mp4')).rejects.toMatchObject(lost);
      await expect(paused.dropInput(input)).rejects.toMatchObject(lost);
      await expect(paused.dropResults('job_a')).rejects.toMatchObject(lost);
      await expect(registry.remove('job_a')).rejects.toMatchObject(lost);
      expect(lock.lost.aborted).toBe(true);
      await lock.release();
      await nextLock.verify();
      await nextLock.release();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
