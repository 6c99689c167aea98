import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { toEarsightError } from '../../pipeline/errors.js';

/** Where a server keeps everything; the same path on every machine of a fleet. */
export class DataFolder {
  private constructor(readonly root: string) {}

  /** @throws EarsightError EARSIGHT_OUTPUT_UNWRITABLE and the like. */
  static async open(path: string): Promise<DataFolder> {
    const folder = new DataFolder(resolve(path));
    try {
      for (const part of [folder.jobs, folder.inputs, folder.results])
        await mkdir(part, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw toEarsightError(error, folder.root);
    }
    return folder;
  }

  /** The book of jobs. */
  get jobs(): string {
    return join(this.root, 'jobs');
  }

  /** Staged files, each in a folder named by its job. */
  get inputs(): string {
    return join(this.root, 'inputs');
  }

  /** An output folder as `earsight run` makes them, with a folder a job. */
  get results(): string {
    return join(this.root, 'results');
  }

  get keys(): string {
    return join(this.root, 'keys.json');
  }

  get secret(): string {
    return join(this.root, 'secret');
  }

  /** A place for a job's input, under a name that is safe already. */
  async newInput(jobId: string, name: string): Promise<string> {
    await mkdir(join(this.inputs, jobId), { recursive: true });
    return join(this.inputs, jobId, name);
  }

  async dropInput(input: string): Promise<void> {
    const folder = dirname(input);
    // Only ever a folder of ours, whatever a record says.
    if (dirname(folder) === this.inputs) await rm(folder, { recursive: true, force: true });
  }

  async dropResults(jobId: string): Promise<void> {
    await rm(join(this.results, jobId), { recursive: true, force: true });
  }
}
