import { constants, type BigIntStats } from 'node:fs';
import { lstat, link, open, realpath, type FileHandle } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { EarsightError, toEarsightError } from '../../core/errors.js';
import type { DataFolder } from '../data-folder.js';
import type { PathToCopy } from '../job-record.js';
import { MIN_FREE_BYTES } from '../limits.js';
import { safeFileName } from './file-name.js';
import { requireFreeBytes, writeWithLimit, type WriteOptions } from './write-with-limit.js';

export interface PathSource {
  /** The path below its root, with forward slashes. */
  readonly name: string;
  /** Path of the staged file, which may not exist yet. */
  readonly input: string;
  readonly identity: string;
  /** The file that is still to be copied to `input`; null when a hard link was made. */
  readonly copy: PathToCopy | null;
}

type Limits = Pick<WriteOptions, 'maxBytes' | 'minFreeBytes'>;

/**
 * Stages a file on the server's disks whose path comes from an untrusted caller. The real path must lie below a root and be
 * that of a plain file. The file is opened once, and the staged hard link must refer to the inode that was opened, so the
 * staged file is the one that was checked. When no link can be made, `copyPath` copies the file later.
 * @throws EarsightError EARSIGHT_PATH_REFUSED, the same error whether or not the file exists, for a path outside the roots or
 * one that `SUSPICIOUS` matches; EARSIGHT_INPUT_MISSING, EARSIGHT_INPUT_UNREADABLE, EARSIGHT_INPUT_TOO_LARGE and
 * EARSIGHT_DISK_FULL for a path below a root.
 */
export async function stagePath(
  given: string,
  roots: readonly string[],
  data: DataFolder,
  jobId: string,
  limits: Limits,
): Promise<PathSource> {
  if (SUSPICIOUS.test(given)) throw refused();
  const { real, root } = await confine(given, roots);
  // The server's own folder holds uploads of others and the API keys; it is refused even if it lies below a root.
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
      // Report a full disk now instead of in a failing job.
      await requireFreeBytes(input, name, (limits.minFreeBytes ?? MIN_FREE_BYTES) + bytes);
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
 * Copies a file that `stagePath` has checked before, if it is unchanged and still below a root. The caller removes an
 * incomplete copy.
 * @throws EarsightError EARSIGHT_INPUT_CHANGED, and the errors of `stagePath` and `writeWithLimit`.
 */
export async function copyPath(
  { path, identity }: PathToCopy,
  input: string,
  roots: readonly string[],
  options: Limits & Pick<WriteOptions, 'name' | 'signal'> & { readonly progress: (fraction: number) => void },
): Promise<void> {
  const { name, progress } = options;
  const file = await openConfined(path, roots, name);
  const checkUnchanged = async (): Promise<number> => {
    const found = await file.stat({ bigint: true });
    if (identityOf(found) !== identity) throw new EarsightError('EARSIGHT_INPUT_CHANGED', { path: name });
    return Number(found.size);
  };
  try {
    const expectedBytes = await checkUnchanged();
    const stream = file.createReadStream({ autoClose: false, start: 0 });
    const onBytes = (bytes: number): void => progress(Math.min(1, bytes / Math.max(1, expectedBytes)));
    await writeWithLimit(stream, input, { ...options, expectedBytes, onBytes });
    await checkUnchanged();
  } catch (error) {
    throw toEarsightError(error, name);
  } finally {
    await file.close();
  }
}

/**
 * Names that programs could take for something else than a file: a leading protocol (`concat:`, `subfile,,…:`), an option
 * (`-i`), `..`, a percent-encoded separator, a NUL. Real files may have such names, but callers do not need them.
 */
const SUSPICIOUS = /^[a-z][a-z\d+.-]+(,[^/\\]*)?:|(^|[/\\])(-|\.\.([/\\]|$))|%(2e|2f|5c|00)|\0/i;

/** Finds the real path and the root that holds it. Errors never reveal whether a file outside the roots exists. */
async function confine(given: string, roots: readonly string[]): Promise<{ real: string; root: string }> {
  for (const configured of roots) {
    const root = await realpath(configured).catch(() => null);
    if (root === null) continue;
    const wanted = isAbsolute(given) ? resolve(given) : join(root, given);
    // The configured path of a root may contain symbolic links.
    if (!isBelow(root, wanted) && !isBelow(resolve(configured), wanted)) continue;
    const { real, missing } = await realOf(wanted);
    if (!isBelow(root, real)) continue;
    if (missing) throw new EarsightError('EARSIGHT_INPUT_MISSING', { path: relative(root, real) });
    return { real, root };
  }
  throw refused();
}

/** Resolves the existing part of a path: a symbolic link on the way to a missing file must not lead out of a root either. */
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

/** Opens a file and checks before and after that it is confined to the roots. @param real a real path */
async function openConfined(real: string, roots: readonly string[], name: string): Promise<FileHandle> {
  const isConfined = async (): Promise<boolean> => (await confine(real, roots)).real === real;
  if (!(await isConfined())) throw refused();
  const file = await openPlainFile(real, name);
  try {
    // A parent folder may have been replaced by a symbolic link between the check and the opening.
    if (await isConfined()) return file;
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
  // Checked before opening as well, because opening some devices has side effects.
  if (!(await lstat(path).catch(coded)).isFile()) throw refused();
  // Non-blocking, because opening a pipe would wait for its writer.
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
