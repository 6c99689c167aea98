import { rm } from 'node:fs/promises';
import { EarsightError } from '../core/errors.js';
import type { DataFolder } from './data-folder.js';
import type { JobFiles } from './engine-job-service.js';
import type { JobRecord } from './job-record.js';
import type { JobCleanup, Published } from './job-cleanup.js';
import { FairPool } from './fair-pool.js';
import { DOWNLOADS } from './limits.js';
import type { AddressPolicy } from './security/address-guard.js';
import type { PaceLimits } from './sources/pace.js';
import { copyPath } from './sources/path-source.js';
import { fetchTo } from './sources/url-source.js';

/** Concurrent copies: more of them at a time make a disk slower for all. Callers take turns. */
const COPIES = { total: 2, perCaller: 2, perPeer: 2 } as const;

export interface StagedFilesOptions {
  readonly data: DataFolder;
  readonly policy: AddressPolicy;
  readonly roots: readonly string[];
  readonly limits: PaceLimits & { readonly maxBytes: number; readonly minFreeBytes?: number };
  readonly cleanup: JobCleanup;
}

/** Fetches and deletes the files of jobs in the server's data folder. */
export class StagedFiles implements JobFiles {
  private readonly downloads = new FairPool(DOWNLOADS);
  private readonly copies = new FairPool(COPIES);

  constructor(private readonly options: StagedFilesOptions) {}

  async fetch(record: JobRecord, signal: AbortSignal, progress: (fraction: number | null) => void): Promise<void> {
    const { source, input, name } = record;
    const { policy, roots, limits } = this.options;
    if (source.kind === 'url')
      await this.downloads.run({ caller: record.owner, peer: new URL(source.url).host }, signal, async () => {
        await writeCompletely(input, async () => {
          await fetchTo(input, source.url, { ...limits, policy, signal, progress });
        });
      });
    else if (source.kind === 'path' && source.copy !== undefined) {
      const { copy } = source;
      await this.copies.run({ caller: record.owner, peer: 'disk' }, signal, async () => {
        await writeCompletely(
          input,
          async () => await copyPath(copy, input, roots, { ...limits, name, signal, progress }),
        );
      });
    } else throw new EarsightError('EARSIGHT_INPUT_MISSING', { path: name });
  }

  async published(record: JobRecord): Promise<Published> {
    return await this.options.cleanup.published(record);
  }

  async dropInput(record: JobRecord): Promise<void> {
    await this.options.data.dropInput(record.input);
  }

  async dropResults(record: JobRecord, unfinished: readonly JobRecord[]): Promise<void> {
    await this.options.data.dropResults(record.id);
    await this.options.cleanup.forget(record, unfinished);
  }
}

/** Removes the file of an earlier attempt first, and the incomplete file when writing fails. */
async function writeCompletely(input: string, write: () => Promise<void>): Promise<void> {
  await rm(input, { force: true });
  try {
    await write();
  } catch (error) {
    await rm(input, { force: true });
    throw error;
  }
}
