import { rm } from 'node:fs/promises';
import PQueue from 'p-queue';
import { EarsightError } from '../../pipeline/errors.js';
import type { DataFolder } from './data-folder.js';
import type { JobFiles } from './engine-desk.js';
import type { JobRecord } from './job-record.js';
import type { JobRemains, Published } from './job-remains.js';
import type { AddressPolicy } from './security/address-guard.js';
import { fetchTo } from './sources/url-source.js';

/** Downloads at once: a few fill any line, and each holds a file that nothing works on yet. */
const DOWNLOADS = 4;

/** The files of jobs, in the server's data folder. */
export class StagedFiles implements JobFiles {
  private readonly downloads = new PQueue({ concurrency: DOWNLOADS });

  constructor(
    private readonly data: DataFolder,
    private readonly policy: AddressPolicy,
    private readonly limits: { readonly maxBytes: number; readonly minFreeBytes?: number },
    private readonly remains: JobRemains,
  ) {}

  async fetch(record: JobRecord, signal: AbortSignal, progress: (fraction: number | null) => void): Promise<void> {
    const { source, input } = record;
    if (source.kind !== 'url') throw new EarsightError('EARSIGHT_INPUT_MISSING', { path: record.name });
    await this.downloads.add(
      async () => {
        // What an earlier try left is not to be trusted.
        await rm(input, { force: true });
        await fetchTo(input, source.url, { ...this.limits, policy: this.policy, signal, progress });
      },
      { signal },
    );
  }

  async published(record: JobRecord): Promise<Published> {
    return await this.remains.published(record);
  }

  async dropInput(record: JobRecord): Promise<void> {
    await this.data.dropInput(record.input);
  }

  async dropResults(record: JobRecord, underway: readonly JobRecord[]): Promise<void> {
    await this.data.dropResults(record.id);
    await this.remains.forget(record, underway);
  }
}
