import { lstat, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, normalize, resolve, sep } from 'node:path';
import { EarsightError } from '../../core/errors.js';
import { isBucketUrl } from '../../core/store/bucket/bucket-url.js';
import type { Job, Step, StepControl, Work } from '../../queues/engine.js';

/** The folders of this machine that the jobs of a queue may name. Null: any folder that this user may use. */
export interface WorkRoots {
  /** Folders below which inputs are read. */
  readonly inputs: readonly string[] | null;
  /** Folders below which runs have their output folders. */
  readonly outputs: readonly string[] | null;
  /** Buckets (`s3://…`) that runs may use as their store; also any prefix below one of them. */
  readonly stores: readonly string[] | null;
}

export const ANY_FOLDER: WorkRoots = { inputs: null, outputs: null, stores: null };

/** The holds of a job are files named after it. */
const JOB_ID = /^[\w-]{1,128}$/;
const SETTINGS = /^[0-9a-f]{1,64}$/;
const SHA256 = /^[0-9a-f]{64}$/;

/**
 * Refuses the jobs of a queue that name files outside the folders that this worker may use. Everybody who can write to
 * the queue chooses these names, so none of them is used before it was checked.
 */
export class RootedWork implements Work {
  constructor(
    private readonly work: Work,
    private readonly roots: WorkRoots,
  ) {}

  /** @throws EarsightError EARSIGHT_WORK_REFUSED, and the errors of the work. */
  async plan(job: Job, signal: AbortSignal): Promise<readonly Step[]> {
    await admit(job, this.roots);
    return await this.work.plan(job, signal);
  }

  /** @throws EarsightError EARSIGHT_WORK_REFUSED, and the errors of the work. */
  async execute(job: Job, step: Step, control: StepControl): Promise<void> {
    await admit(job, this.roots);
    await this.work.execute(job, step, control);
  }

  /** @throws EarsightError EARSIGHT_WORK_REFUSED, and the errors of the work. */
  async finish(job: Job, error: unknown, signal: AbortSignal): Promise<void> {
    await admit(job, this.roots);
    await this.work.finish(job, error, signal);
  }
}

/** @throws EarsightError EARSIGHT_WORK_REFUSED for a job that leads out of the roots. */
export async function admit(job: Job, roots: WorkRoots): Promise<void> {
  const { id, input, content, output, run } = job;
  if (!JOB_ID.test(id)) throw refusal('its id is not one of letters, digits, `-` and `_`');
  if (!SETTINGS.test(run.settings)) throw refusal('it names its run by something that is no hash');
  if (!isBelowItself(output)) throw refusal('its results would lie outside the output folder of its run');
  if (isBucketUrl(run.out)) {
    if (roots.stores !== null && !roots.stores.some((store) => isSameOrBelow(run.out, store, '/')))
      throw refusal('its store is none that this worker was started with');
    // The input is fetched from the store by its hash; its path is only shown.
    if (content === undefined || !SHA256.test(content.sha256)) throw refusal('it names no content of its store');
    return;
  }
  if (content !== undefined) throw refusal('it names content of a store but no store');
  if (!isPlainAbsolute(input)) throw refusal('its input is no absolute path');
  if (!isPlainAbsolute(run.out)) throw refusal('the output folder of its run is no absolute path');
  const out = await realOf(run.out);
  if (roots.outputs !== null && !(await isBelowAny(out, roots.outputs)))
    throw refusal('the output folder of its run lies outside the output roots of this worker');
  if (await hasLink(out, output))
    throw refusal('a link lies in the output folder of its run where its results would lie');
  if (roots.inputs !== null && !(await isBelowAny(await realOf(input), roots.inputs)))
    throw refusal('its input lies outside the input roots of this worker');
}

function refusal(reason: string): EarsightError {
  return new EarsightError('EARSIGHT_WORK_REFUSED', { reason });
}

function isPlainAbsolute(path: string): boolean {
  return isAbsolute(path) && !path.includes('\0') && !path.split(/[/\\]/).includes('..');
}

/** Whether a relative path with forward slashes stays below the folder that it is relative to, and is no part of ours. */
function isBelowItself(path: string): boolean {
  const parts = path.split('/');
  const isPlain = parts.every((part) => !['', '.', '..'].includes(part));
  return isPlain && parts[0] !== '.earsight' && !/[\\\0]/.test(path) && !isAbsolute(path);
}

/** Whether a link lies on the way from a folder to a path below it, of which the end may not exist yet. */
async function hasLink(folder: string, path: string): Promise<boolean> {
  let reached = folder;
  for (const part of path.split('/')) {
    reached = `${reached}${sep}${part}`;
    const found = await lstat(reached).catch(() => null);
    if (found === null) return false;
    if (found.isSymbolicLink()) return true;
  }
  return false;
}

async function isBelowAny(path: string, roots: readonly string[]): Promise<boolean> {
  for (const root of roots) if (isSameOrBelow(path, await realOf(root))) return true;
  return false;
}

function isSameOrBelow(path: string, root: string, separator: string = sep): boolean {
  return path === root || path.startsWith(root.endsWith(separator) ? root : `${root}${separator}`);
}

/** Links in a path that leads nowhere yet. The kernel follows at most 40. */
const MAX_LINKS = 40;

/** The path without links, also of a file that does not exist yet. */
async function realOf(path: string, links = 0): Promise<string> {
  const absolute = resolve(normalize(path));
  try {
    return await realpath(absolute);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code !== 'ENOENT' && code !== 'ENOTDIR')
      throw refusal(`a path that it names cannot be followed (${String(code)})`);
  }
  const parent = dirname(absolute);
  if (parent === absolute) return absolute;
  const here = join(await realOf(parent, links), basename(absolute));
  // A link whose target does not exist would be followed when something is created through it.
  if ((await lstat(here).catch(() => null))?.isSymbolicLink() !== true) return here;
  if (links >= MAX_LINKS) throw refusal('a path that it names contains too many links');
  return await realOf(resolve(dirname(here), await readlink(here)), links + 1);
}
