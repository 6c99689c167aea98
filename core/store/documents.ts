import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readJson, writeFileAtomically } from './atomic-file.js';
import { updateUnderLock } from './lock.js';

/** Small JSON documents that every process of a run can read: settings of runs and records of quarantined videos. */
export interface Documents {
  /** Returns null when the document does not exist or does not hold JSON. */
  read(name: string): Promise<unknown>;
  write(name: string, document: unknown): Promise<void>;
  /** Replaces a document by what `next` returns for it, atomically with respect to other updates. */
  update(name: string, next: (before: unknown) => unknown): Promise<void>;
  /** Returns the names of the documents in a folder, without the folder. */
  list(folder: string): Promise<string[]>;
  remove(name: string): Promise<void>;
}

/** Keeps documents as files below a folder. */
export class FolderDocuments implements Documents {
  constructor(private readonly root: string) {}

  async read(name: string): Promise<unknown> {
    return await readJson(join(this.root, name));
  }

  async write(name: string, document: unknown): Promise<void> {
    const path = join(this.root, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFileAtomically(path, JSON.stringify(document, null, 2));
  }

  async update(name: string, next: (before: unknown) => unknown): Promise<void> {
    const path = join(this.root, name);
    await mkdir(dirname(path), { recursive: true });
    await updateUnderLock(`${path}.lock`, async (lock) => {
      const document = next(await this.read(name));
      await lock.verify();
      await this.write(name, document);
    });
  }

  async list(folder: string): Promise<string[]> {
    const names = await readdir(join(this.root, folder)).catch(() => []);
    return names.filter((name) => name.endsWith('.json'));
  }

  /** Under the lock of `update`, so that an update which has read the document does not bring it back. */
  async remove(name: string): Promise<void> {
    const path = join(this.root, name);
    if (!existsSync(path)) return;
    await updateUnderLock(`${path}.lock`, async (lock) => {
      await lock.verify();
      await rm(path, { force: true });
    });
  }
}
