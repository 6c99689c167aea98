import { relative } from 'node:path';
import type { JobRecord } from '../../server/job-record.js';
import type { JobCleanup, Published } from '../../server/job-cleanup.js';
import { EarsightError } from '../../core/errors.js';
import type { ArtefactStore } from '../../core/store/artefact-store.js';
import { readVideoRecord } from './video-record.js';
import type { VideoWork } from './video-work.js';

/** Removes what the jobs of a server leave in its results folder and in the store of their work. */
export class FolderJobCleanup implements JobCleanup {
  /** @param folder the store in the results folder; `work` may keep its artefacts in another one. */
  constructor(
    private readonly folder: ArtefactStore,
    private readonly work: VideoWork,
  ) {}

  async published({ id }: JobRecord): Promise<Published> {
    const record = await readVideoRecord(this.folder, id);
    if (record === null) throw new EarsightError('EARSIGHT_STORE_CORRUPT', { key: id });
    const files = record.files.map(({ path, bytes }) => ({ name: relative(id, path), bytes }));
    return { durationSec: record.durationSec, files };
  }

  async forget({ id, input }: JobRecord, unfinished: readonly JobRecord[]): Promise<void> {
    const inUse = unfinished.map((other) => other.input);
    await this.work.purge(input, id, inUse, new AbortController().signal);
  }

  async dropIdle(): Promise<void> {
    await this.folder.dropIdleScratch();
  }
}
