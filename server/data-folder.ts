import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { EarsightError } from '../core/errors.js';
import { asOutputError } from '../core/store/artefact-store.js';
import { acquireLock, isHeldOnThisMachine, STALE_MS, type HeldLock } from '../core/store/lock.js';
import { makeFolder } from '../core/store/make-folder.js';
import { JOB_ID } from './job-record.js';
import { withTimeout } from './with-timeout.js';

/** Added to a lock's stale time: the clocks of machines differ, and the lock is checked only at intervals. */
const LOCK_MARGIN_MS = 5_000;

/** Whether the files of the job with this id are still needed. */
type IsNeeded = (jobId: string) => boolean;

/** The folder in which a server keeps all its data; it has the same path on every machine of a fleet. */
export class DataFolder {
  private held: HeldLock | null = null;

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
   * Makes this server the only one that uses the folder. A server keeps its jobs in memory, so two of them would process
   * each job twice.
   * @returns the lock. When its `lost` aborts, because this process was paused for so long that another server has
   * taken the folder over, the server must end; `verifyOwner` throws from then on.
   * @throws EarsightError EARSIGHT_USAGE when another server holds the lock, EARSIGHT_CANCELLED.
   */
  async lock(signal: AbortSignal): Promise<HeldLock> {
    const path = join(this.root, 'server.lock');
    const taken = new EarsightError('EARSIGHT_USAGE', { reason: `another server uses ${this.root}` });
    if (await isHeldOnThisMachine(path)) throw taken;
    // A server on another machine that was killed is recognised only by a lock that is no longer renewed.
    this.held = await withTimeout({ ms: STALE_MS + LOCK_MARGIN_MS, reason: taken }, signal, async (limited) => {
      return await acquireLock(path, limited).catch((error: unknown) => {
        throw asOutputError(limited.aborted ? limited.reason : error, this.root);
      });
    });
    return this.held;
  }

  /**
   * Called right before anything is written to the folder or removed from it.
   * @throws EarsightError EARSIGHT_LOCK_LOST when another server has taken the folder over.
   */
  async verifyOwner(): Promise<void> {
    await this.held?.verify();
  }

  /** Whether the server that used the folder before may only be paused, and continue with files that no record names. */
  get mayHaveOtherOwner(): boolean {
    return this.held?.takenFrom === 'silent';
  }

  /** The job records, one JSON file per job. */
  get jobs(): string {
    return join(this.root, 'jobs');
  }

  /** Staged input files, each in a folder named after its job. */
  get inputs(): string {
    return join(this.root, 'inputs');
  }

  /** An output folder like that of `earsight run`, with one folder per job. */
  get results(): string {
    return join(this.root, 'results');
  }

  get keys(): string {
    return join(this.root, 'keys.json');
  }

  get secret(): string {
    return join(this.root, 'secret');
  }

  /** Creates the folder for a job's input. @param name a file name that `safeFileName` has cleaned */
  async newInput(jobId: string, name: string): Promise<string> {
    await this.verifyOwner();
    await mkdir(join(this.inputs, jobId), { recursive: true });
    return join(this.inputs, jobId, name);
  }

  async dropInput(input: string): Promise<void> {
    const folder = dirname(input);
    // Delete only a folder below `inputs`, whatever path a record contains.
    if (dirname(folder) !== this.inputs) return;
    await this.verifyOwner();
    await rm(folder, { recursive: true, force: true });
  }

  /**
   * Removes the files that a killed server left behind for jobs that no longer need them. Only folders whose name is a
   * valid job id are touched, and none while another server may own them.
   */
  async sweep(needed: { readonly input: IsNeeded; readonly results: IsNeeded }): Promise<void> {
    if (this.mayHaveOtherOwner) return;
    await sweepFolder(this.inputs, needed.input);
    await sweepFolder(this.results, needed.results);
  }

  async dropResults(jobId: string): Promise<void> {
    await this.verifyOwner();
    await rm(join(this.results, jobId), { recursive: true, force: true });
  }
}

async function sweepFolder(folder: string, isNeeded: IsNeeded): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || !JOB_ID.test(entry.name) || isNeeded(entry.name)) continue;
    // A folder that cannot be removed must not keep the server from starting.
    await rm(join(folder, entry.name), { recursive: true, force: true }).catch(() => undefined);
  }
}
