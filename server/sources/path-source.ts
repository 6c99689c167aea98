import { constants, type BigIntStats } from 'node:fs';
import { lstat, link, open, realpath, type FileHandle } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { EarsightError, toEarsightError } from '../../core/errors.js';
import type { DataFolder } from '../data-folder.js';
import type { PathToCopy } from '../job-record.js';
import { MIN_FREE_BYTES } from '../limits.js';
import { safeFileName } from './file-name.js';
import { keepFree, writeWithLimit, type IntakeOptions } from './write-with-limit.js';

export interface PathSource {
  /** Below its root, with forward slashes. */
  readonly name: string;
  /** The staged file, or where it will be. */
  readonly input: string;
  readonly identity: string;
  /** What is still to be copied there; null where a link was made. */
  readonly copy: PathToCopy | null;
}

type Limits = Pick<IntakeOptions, 'maxBytes' | 'minFreeBytes'>;

/**
 * Stages a file of the server's own disks, named by a stranger. It must lie, by its real path, below a root, and be a
 * plain file. What was checked is what is staged: the file is opened once, and the staged hard link must be to the very
 * inode that was opened. Where no link can be made, `copyPath` copies it later.
 * @throws EarsightError EARSIGHT_PATH_REFUSED, in one form, for what is not below a root or called like a trick, there or not;
 * EARSIGHT_INPUT_MISSING, EARSIGHT_INPUT_UNREADABLE, EARSIGHT_INPUT_TOO_LARGE and EARSIGHT_DISK_FULL below one.
 */
export async function stagePath(
  given: string,
  roots: readonly string[],
  data: DataFolder,
  jobId: string,
  limits: Limits,
): Promise<PathSource> {
  if (TRICKS.test(given)) throw refused();
  const { real, root } = await confine(given, roots);
  // What others uploaded, and the keys, though a root holds the server's own folder.
  if (isBelow(await realpath(data.root), real)) throw refused();
  const name = relative(root, real).split(sep).join('/');
  const file = await openConfined(real, [root], name);
  const input = await data.newInput(jobId, safeFileName(basename(real)));
  try {
    const opened = await file.stat({ bigint: true });
    const identity = identityOf(opened);
    const bytes = Number(opened.size);
    if (bytes > limits.maxBytes)
      throw new EarsightError('EARSIGHT_INPUT_TOO_LARGE', { path: name, limit: `${limits.maxBytes} bytes` });
    await link(real, input).catch(() => undefined);
    const linked = await lstat(input, { bigint: true }).catch(() => null);
    if (linked === null) {
      // Better told now than by a job that fails.
      await keepFree(input, name, (limits.minFreeBytes ?? MIN_FREE_BYTES) + bytes);
      return { name, input, identity, copy: { path: real, identity } };
    }
    if (!linked.isFile() || linked.ino !== opened.ino || linked.dev !== opened.dev) throw refused();
    return { name, input, identity, copy: null };
  } catch (error) {
    await data.dropInput(input);
    throw toEarsightError(error, name);
  } finally {
    await file.close();
  }
}

/**
 * Copies a file that was named before, if it still is that file and may still be named. The caller removes the part that
 * was written.
 * @throws EarsightError EARSIGHT_INPUT_CHANGED, and what `stagePath` and `takeIn` throw.
 */
export async function copyPath(
  { path, identity }: PathToCopy,
  input: string,
  roots: readonly string[],
  options: Limits & Pick<IntakeOptions, 'name' | 'signal'> & { readonly progress: (fraction: number) => void },
): Promise<void> {
  const { name, progress } = options;
  const file = await openConfined(path, roots, name);
  const refuseChanged = async (): Promise<number> => {
    const found = await file.stat({ bigint: true });
    if (identityOf(found) !== identity) throw new EarsightError('EARSIGHT_INPUT_CHANGED', { path: name });
    return Number(found.size);
  };
  try {
    const expectedBytes = await refuseChanged();
    const stream = file.createReadStream({ autoClose: false, start: 0 });
    const onBytes = (bytes: number): void => progress(Math.min(1, bytes / Math.max(1, expectedBytes)));
    await writeWithLimit(stream, input, { ...options, expectedBytes, onBytes });
    await refuseChanged();
  } catch (error) {
    throw toEarsightError(error, name);
  } finally {
    await file.close();
  }
}

/**
 * What programs take for something else than a name: a protocol in front (`concat:`, `subfile,,…:`), an option (`-i`), a
 * way up, a separator in percent form, an end in the middle. A file may be called so; a stranger has no need of it.
 */
const TRICKS = /^[a-z][a-z\d+.-]+(,[^/\\]*)?:|(^|[/\\])(-|\.\.([/\\]|$))|%(2e|2f|5c|00)|\0/i;

/** The real path and the root that holds it. Whether something exists outside the roots is never told. */
async function confine(given: string, roots: readonly string[]): Promise<{ real: string; root: string }> {
  for (const configured of roots) {
    const root = await realpath(configured).catch(() => null);
    if (root === null) continue;
    const wanted = isAbsolute(given) ? resolve(given) : join(root, given);
    // A root may be known by a path that leads through links.
    if (!isBelow(root, wanted) && !isBelow(resolve(configured), wanted)) continue;
    const { real, missing } = await realOf(wanted);
    if (!isBelow(root, real)) continue;
    if (missing) throw new EarsightError('EARSIGHT_INPUT_MISSING', { path: relative(root, real) });
    return { real, root };
  }
  throw refused();
}

/** The real path, of what exists of it: a link on the way to a missing file must not lead out either. */
async function realOf(path: string): Promise<{ real: string; missing: boolean }> {
  try {
    return { real: await realpath(path), missing: false };
  } catch (error) {
    if (await isDanglingLink(path)) throw refused();
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code !== 'ENOENT' || dirname(path) === path) throw refused();
    return { real: join((await realOf(dirname(path))).real, basename(path)), missing: true };
  }
}

async function isDanglingLink(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null))?.isSymbolicLink() ?? false;
}

function isBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** @param real a real path */
async function openConfined(real: string, roots: readonly string[], name: string): Promise<FileHandle> {
  const stillThere = async (): Promise<boolean> => (await confine(real, roots)).real === real;
  if (!(await stillThere())) throw refused();
  const file = await openPlainFile(real, name);
  try {
    // A folder on the way may have been exchanged for a link between the check and the opening.
    if (await stillThere()) return file;
    throw refused();
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openPlainFile(path: string, name: string): Promise<FileHandle> {
  const coded = (error: unknown): never => {
    throw toEarsightError(error, name);
  };
  // Looked at before it is opened too: opening some devices has effects.
  if (!(await lstat(path).catch(coded)).isFile()) throw refused();
  // Not blocking: the opening of a pipe waits for its writer.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(coded);
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw refused();
}

function identityOf({ dev, ino, size, mtimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${size}:${mtimeNs}`;
}

function refused(): EarsightError {
  return new EarsightError('EARSIGHT_PATH_REFUSED');
}
