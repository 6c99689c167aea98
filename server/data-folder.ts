import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { EarsightError } from '../core/errors.js';
import { asOutputError } from '../core/store/artefact-store.js';
import { acquireLock, isHeldByThisProcess, STALE_MS } from '../core/store/lock.js';
import { makeFolder } from '../core/store/make-folder.js';
import { JOB_ID } from './job-record.js';
import { withinTime } from './with-timeout.js';

/** Clocks of machines differ, and a lock is looked at now and then. */
const LOCK_MARGIN_MS = 5_000;

/** Whether anybody still needs what lies here of the job with that id. */
type IsNeeded = (jobId: string) => boolean;

/** Where a server keeps everything; the same path on every machine of a fleet. */
export class DataFolder {
  private constructor(readonly root: string) {}

  /** @throws EarsightError EARSIGHT_OUTPUT_UNWRITABLE, EARSIGHT_DISK_FULL. */
  static async open(path: string): Promise<DataFolder> {
    const folder = new DataFolder(resolve(path));
    try {
      for (const part of [folder.jobs, folder.inputs, folder.results]) await makeFolder(part, 0o700);
    } catch (error) {
      throw asOutputError(error, folder.root);
    }
    return folder;
  }

  /**
   * Makes this the only server of the folder: each keeps the jobs in memory, and two would do them twice.
   * @returns a function that lets go.
   * @throws EarsightError EARSIGHT_USAGE when another one has it, EARSIGHT_CANCELLED.
   */
  async take(signal: AbortSignal): Promise<() => Promise<void>> {
    const path = join(this.root, 'server.lock');
    const taken = new EarsightError('EARSIGHT_USAGE', { reason: `another server uses ${this.root}` });
    if (await isHeldByThisProcess(path)) throw taken;
    // One of another machine that ended without a word is known by its silence.
    return await withinTime({ ms: STALE_MS + LOCK_MARGIN_MS, reason: taken }, signal, async (limited) => {
      return await acquireLock(path, limited).catch((error: unknown) => {
        throw asOutputError(limited.aborted ? limited.reason : error, this.root);
      });
    });
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

  /** Removes what a server that was killed has left of jobs that are over; only folders called as a job of ours. */
  async sweep(needed: { readonly input: IsNeeded; readonly results: IsNeeded }): Promise<void> {
    await sweepFolder(this.inputs, needed.input);
    await sweepFolder(this.results, needed.results);
  }

  async dropResults(jobId: string): Promise<void> {
    await rm(join(this.results, jobId), { recursive: true, force: true });
  }
}

async function sweepFolder(folder: string, isNeeded: IsNeeded): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || !JOB_ID.test(entry.name) || isNeeded(entry.name)) continue;
    // What cannot be removed keeps no server from starting.
    await rm(join(folder, entry.name), { recursive: true, force: true }).catch(() => undefined);
  }
}
