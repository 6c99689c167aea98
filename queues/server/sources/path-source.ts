import { constants } from 'node:fs';
import { lstat, link, open, realpath, type FileHandle } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { EarsightError, toEarsightError } from '../../../pipeline/errors.js';
import type { DataFolder } from '../data-folder.js';
import { safeFileName } from './file-name.js';
import { takeIn, type IntakeOptions } from './intake.js';

export interface PathSource {
  /** Below its root, with forward slashes. */
  readonly name: string;
  /** The staged file. */
  readonly input: string;
  readonly identity: string;
}

/**
 * Stages a file of the server's own disks, named by a stranger. It must lie, by its real path, below a root, and be a
 * plain file. What was checked is what is staged: the file is opened once, and the staged hard link must be to the very
 * inode that was opened; where no link can be made, its bytes are copied from the open file, while somebody waits for it.
 * @throws EarsightError EARSIGHT_PATH_REFUSED, in one form, for what is not below a root or called like a trick, there or not;
 * EARSIGHT_INPUT_MISSING, EARSIGHT_INPUT_UNREADABLE and what `takeIn` throws below one.
 */
export async function stagePath(
  given: string,
  roots: readonly string[],
  data: DataFolder,
  jobId: string,
  limits: Pick<IntakeOptions, 'maxBytes' | 'minFreeBytes' | 'signal'>,
): Promise<PathSource> {
  if (TRICKS.test(given)) throw refused();
  const { real, root } = await confine(given, roots);
  const name = relative(root, real).split(sep).join('/');
  const file = await openPlainFile(real, name);
  const input = await data.newInput(jobId, safeFileName(basename(real)));
  try {
    // A folder on the way may have been exchanged for a link between the check and the opening.
    const confined = await confine(real, [root]);
    if (confined.real !== real) throw refused();
    const opened = await file.stat({ bigint: true });
    if (Number(opened.size) > limits.maxBytes)
      throw new EarsightError('EARSIGHT_INPUT_TOO_LARGE', { path: name, limit: `${limits.maxBytes} bytes` });
    await link(real, input).catch(() => undefined);
    const linked = await lstat(input, { bigint: true }).catch(() => null);
    if (linked === null) await copyFrom(file, input, name, limits);
    else if (!linked.isFile() || linked.ino !== opened.ino || linked.dev !== opened.dev) throw refused();
    return { name, input, identity: `${opened.dev}:${opened.ino}:${opened.size}:${opened.mtimeNs}` };
  } catch (error) {
    await data.dropInput(input);
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

async function openPlainFile(path: string, name: string): Promise<FileHandle> {
  // Not blocking: the opening of a pipe waits for its writer.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  // Looked at before it is opened too: opening some devices has effects.
  if (!(await lstat(path)).isFile()) throw refused();
  const file = await open(path, flags).catch((error: unknown) => {
    throw toEarsightError(error, name);
  });
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw refused();
}

async function copyFrom(
  file: FileHandle,
  input: string,
  name: string,
  limits: Pick<IntakeOptions, 'maxBytes' | 'minFreeBytes' | 'signal'>,
): Promise<void> {
  const { size } = await file.stat();
  const stream = file.createReadStream({ autoClose: false, start: 0 });
  await takeIn(stream, input, { ...limits, name, expectedBytes: size });
}

function refused(): EarsightError {
  return new EarsightError('EARSIGHT_PATH_REFUSED');
}
