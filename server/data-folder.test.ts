import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DataFolder } from './data-folder.js';

it('says that it cannot be written, not that it cannot be read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'earsight-data-'));
  try {
    // A folder below a file is one that not even root can make.
    await writeFile(join(folder, 'file'), '');
    await expect(DataFolder.open(join(folder, 'file/data'))).rejects.toMatchObject({
      code: 'EARSIGHT_OUTPUT_UNWRITABLE',
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

it.runIf(process.platform === 'linux')('says so, too, where no folder can ever be made', async () => {
  await expect(DataFolder.open('/proc/earsight')).rejects.toMatchObject({ code: 'EARSIGHT_OUTPUT_UNWRITABLE' });
});

it('is readable by its user alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'earsight-data-'));
  try {
    const { root, jobs } = await DataFolder.open(join(folder, 'data'));
    for (const path of [root, jobs]) expect((await stat(path)).mode & 0o777).toBe(0o700);
  } finally {
    await rm(folder, { recursive: true });
  }
});
