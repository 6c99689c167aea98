import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson, writeFileAtomically } from '../core/store/atomic-file.js';
import { isAbandoned } from '../core/store/temporary-name.js';
import { jobRecordSchema, type JobRecord } from './job-record.js';

/** Stores each job record as one JSON file, so that the server knows its jobs again after a restart. */
export class JobStore {
  private readonly writes = new Map<string, Promise<void>>();

  private constructor(
    private readonly folder: string,
    private readonly verifyOwner: () => Promise<void>,
  ) {}

  /**
   * @param verifyOwner throws when another server has taken over the folder; called before every change
   * @returns the store and its records, oldest first. Files that hold no valid record are ignored and kept.
   */
  static async open(
    folder: string,
    verifyOwner: () => Promise<void> = () => Promise.resolve(),
  ): Promise<{ store: JobStore; records: JobRecord[] }> {
    await mkdir(folder, { recursive: true });
    const records: JobRecord[] = [];
    for (const name of (await readdir(folder)).sort()) {
      const path = join(folder, name);
      if (name.startsWith('.write.') && (await isAbandoned(path))) await rm(path, { force: true });
      if (!name.endsWith('.json')) continue;
      const parsed = jobRecordSchema.safeParse(await readJson(path));
      if (parsed.success && `${parsed.data.id}.json` === name) records.push(parsed.data);
    }
    return { store: new JobStore(folder, verifyOwner), records };
  }

  /** Whether a file for this job exists, even one that holds no valid record. */
  has(id: string): boolean {
    return existsSync(this.path(id));
  }

  /** Resolves when the record is on disk. Writes of one job are executed in order. */
  async write(record: JobRecord): Promise<void> {
    const text = JSON.stringify(record);
    await this.serialise(record.id, () => writeFileAtomically(this.path(record.id), text));
  }

  async remove(id: string): Promise<void> {
    await this.serialise(id, () => rm(this.path(id), { force: true }));
  }

  /** Resolves when every write of the job that has been started is on disk. */
  async flushed(id: string): Promise<void> {
    await this.writes.get(id);
  }

  /** Runs the writes of one job one after the other. */
  private async serialise(id: string, write: () => Promise<void>): Promise<void> {
    const queued = (this.writes.get(id) ?? Promise.resolve())
      .catch(() => undefined)
      .then(async () => await this.verified(write));
    this.writes.set(id, queued);
    try {
      await queued;
    } finally {
      if (this.writes.get(id) === queued) this.writes.delete(id);
    }
  }

  private async verified(write: () => Promise<void>): Promise<void> {
    await this.verifyOwner();
    await write();
  }

  private path(id: string): string {
    return join(this.folder, `${id}.json`);
  }
}
