import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DataFolder } from './data-folder.js';

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
});
