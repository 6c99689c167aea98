import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson, writeFileAtomically } from '../core/store/atomic-file.js';
import { isAbandoned } from '../core/store/temporary-name.js';
import { jobRecordSchema, type JobRecord } from './job-record.js';

/** Every job the server knows, one file each, so that a restart finds them again. */
export class JobStore {
  private readonly writes = new Map<string, Promise<void>>();

  private constructor(private readonly folder: string) {}

  /** @returns the book and what is in it, oldest first. A file that is no record is left alone and passed over. */
  static async open(folder: string): Promise<{ book: JobStore; records: JobRecord[] }> {
    await mkdir(folder, { recursive: true });
    const records: JobRecord[] = [];
    for (const name of (await readdir(folder)).sort()) {
      const path = join(folder, name);
      if (name.startsWith('.write.') && (await isAbandoned(path))) await rm(path, { force: true });
      if (!name.endsWith('.json')) continue;
      const parsed = jobRecordSchema.safeParse(await readJson(path));
      if (parsed.success && `${parsed.data.id}.json` === name) records.push(parsed.data);
    }
    return { book: new JobStore(folder), records };
  }

  /** Whether there is a file of the job, be it a record or not. */
  has(id: string): boolean {
    return existsSync(this.path(id));
  }

  /** On disk when it resolves. Writes of one job keep their order. */
  async write(record: JobRecord): Promise<void> {
    const text = JSON.stringify(record);
    await this.inTurn(record.id, () => writeFileAtomically(this.path(record.id), text));
  }

  async remove(id: string): Promise<void> {
    await this.inTurn(id, () => rm(this.path(id), { force: true }));
  }

  /** Resolves when what was written of the job so far is on disk. */
  async settled(id: string): Promise<void> {
    await this.writes.get(id);
  }

  private async inTurn(id: string, write: () => Promise<void>): Promise<void> {
    const turn = (this.writes.get(id) ?? Promise.resolve()).catch(() => undefined).then(write);
    this.writes.set(id, turn);
    try {
      await turn;
    } finally {
      if (this.writes.get(id) === turn) this.writes.delete(id);
    }
  }

  private path(id: string): string {
    return join(this.folder, `${id}.json`);
  }
}
