import { readFile, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { EarsightError, toEarsightError } from '../../core/errors.js';
import { sniffContainer } from '../../stages/extract/probe/sniff.js';
import { utf8Text } from '../../core/utf8-text.js';

/** One file to process, or one argument that names none. */
export interface FoundInput {
  /** The path as the user would write it. */
  readonly displayName: string;
  /** Absolute. */
  readonly path: string;
  /** The folder that the user named, or the folder of the file or list that they named; absolute. */
  readonly root: string;
  readonly error: EarsightError | null;
}

/**
 * Extensions of the files of a folder that count as audio or video. Playlists are included, so that they get an error
 * of their own instead of being skipped silently. A file that the user names is an input whatever its extension.
 */
const EXTENSIONS = new Set(
  (
    'mp4 m4v mov qt 3gp 3g2 3gpp 3gpp2 3gp2 mkv mk3d mka webm weba avi flv f4v ts mts m2ts m2t mpg mpeg mpe vob wmv wma asf ogv ogg oga ' +
    'opus mxf wav wave w64 aif aiff caf flac mp3 mp2 m4a m4b aac ac3 eac3 amr au m3u m3u8 pls mpd'
  )
    .split(' ')
    .map((extension) => `.${extension}`),
);

/** What follows the last dot of a name such as `Talk, part 2. Questions` is no extension. */
const EXTENSION = /^\.[a-z0-9]{1,5}$/;

const DANGLING_LINK_CODES = new Set<string | undefined>(['ENOENT', 'ELOOP']);

/**
 * Finds the inputs that the arguments name: files, folders (recursively, without hidden names and `outputFolder`) and
 * `.txt` lists (one path per line, relative to the list). Symbolic links are followed; a folder that is reached twice
 * is walked once. A bad argument does not throw, but becomes an entry with its error.
 * @throws EarsightError EARSIGHT_CANCELLED.
 */
export async function findInputs(
  args: readonly string[],
  outputFolder: string,
  signal?: AbortSignal,
): Promise<FoundInput[]> {
  const walk: Walk = { output: await realOf(outputFolder), folders: new Map(), files: new Set(), found: [], signal };
  for (const name of args) {
    const path = resolve(name);
    if (extname(name).toLowerCase() === '.txt' && !(await isFolder(path))) await followList(walk, name, path);
    else await follow(walk, name, path, null);
  }
  return walk.found;
}

interface Walk {
  readonly output: string;
  /** The folders walked so far, and whether any input or error was found below each. */
  readonly folders: Map<string, boolean>;
  readonly files: Set<string>;
  readonly found: FoundInput[];
  readonly signal: AbortSignal | undefined;
}

async function followList(walk: Walk, displayName: string, path: string): Promise<void> {
  try {
    for (const line of await readPathList(path, displayName))
      await follow(walk, line, resolve(dirname(path), line), dirname(path));
  } catch (error) {
    addError(walk, displayName, path, error);
  }
}

async function follow(walk: Walk, displayName: string, path: string, listFolder: string | null): Promise<void> {
  try {
    // Nearly always an unset shell variable. `resolve` would turn it into the current folder.
    if (displayName === '') throw new EarsightError('EARSIGHT_INPUT_MISSING', { path: "''" });
    if ((await stat(path)).isDirectory()) {
      if ((await realOf(path)) === walk.output)
        throw new EarsightError('EARSIGHT_OUTPUT_UNWRITABLE', {
          path: displayName,
          reason: 'the inputs themselves lie there',
        });
      if (!(await walkFolder(walk, displayName, path, path, await realOf(path))))
        throw new EarsightError('EARSIGHT_INPUT_NONE', { path: displayName });
    } else {
      const inList = listFolder !== null && !relative(listFolder, path).startsWith('..');
      addFile(walk, displayName, path, inList ? listFolder : dirname(path));
    }
  } catch (error) {
    addError(walk, displayName, path, error);
  }
}

/**
 * Resolves to whether any input or error was found below the folder, now or when it was reached before.
 *
 * @param real the path of the folder without links. It follows from that of its parent: `realpath` asks for every
 * folder on the way to the root, and the kernel walks that way for each, which for a folder 2,000 levels deep took
 * minutes.
 */
async function walkFolder(
  walk: Walk,
  displayName: string,
  folder: string,
  root: string,
  real: string,
): Promise<boolean> {
  walk.signal?.throwIfAborted();
  if (real === walk.output) return false;
  const known = walk.folders.get(real);
  if (known !== undefined) return known;
  walk.folders.set(real, false);
  const entries = await readdir(folder, { withFileTypes: true });
  let hasContent = false;
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const { name } = entry;
    if (name.startsWith('.')) continue;
    const path = join(folder, name);
    // Copying between systems leaves names with a space at their end.
    const extension = extname(name.trim()).toLowerCase();
    const isMedia = EXTENSIONS.has(extension);
    try {
      const found = await stat(path).catch((error: unknown) => {
        // A dangling link, or a link to itself, is no video.
        const isDangling = DANGLING_LINK_CODES.has((error as NodeJS.ErrnoException).code) && !isMangled(name);
        if (isDangling || !(isMedia || entry.isDirectory())) return null;
        throw error;
      });
      if (found?.isDirectory() === true) {
        const below = entry.isDirectory() ? join(real, name) : await realOf(path);
        if (await walkFolder(walk, join(displayName, name), path, root, below)) hasContent = true;
      } else if (found?.isFile() === true && (isMedia || (!EXTENSION.test(extension) && (await holdsMedia(path))))) {
        addFile(walk, join(displayName, name), path, root);
        hasContent = true;
      }
    } catch (error) {
      addError(walk, join(displayName, name), path, error);
      hasContent = true;
    }
  }
  walk.folders.set(real, hasContent);
  return hasContent;
}

/** Whether a file whose name says nothing begins like audio or video. */
async function holdsMedia(path: string): Promise<boolean> {
  return await sniffContainer(path).then(
    () => true,
    () => false,
  );
}

/** Adds a file, unless it was added before: a file that is named twice is one input. */
function addFile(walk: Walk, displayName: string, path: string, root: string): void {
  if (walk.files.has(path)) return;
  walk.files.add(path);
  walk.found.push({ displayName, path, root, error: null });
}

function addError(walk: Walk, displayName: string, path: string, error: unknown): void {
  const coded =
    isMangled(path) && (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? new EarsightError('EARSIGHT_INPUT_NAME', { path: displayName })
      : toEarsightError(error, displayName);
  if (coded.code === 'EARSIGHT_CANCELLED') throw coded;
  walk.found.push({ displayName, path, root: dirname(path), error: coded });
}

/** Node replaces bytes that are not UTF-8 by U+FFFD. A file cannot be opened under such a name. */
function isMangled(path: string): boolean {
  return path.includes('\uFFFD');
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() === true;
}

async function realOf(path: string): Promise<string> {
  return await realpath(path).catch(() => resolve(path));
}

/**
 * Reads a list of paths, without blank lines. Byte-order marks and CRLF are accepted.
 * @throws EarsightError EARSIGHT_LIST_INVALID, EARSIGHT_INPUT_NONE, and the errors of reading a file.
 */
async function readPathList(path: string, displayName: string): Promise<readonly string[]> {
  const text = utf8Text(await readFile(path));
  if (text === null)
    throw new EarsightError('EARSIGHT_LIST_INVALID', { path: displayName, reason: 'it is not UTF-8 text' });
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (lines.length === 0) throw new EarsightError('EARSIGHT_INPUT_NONE', { path: displayName });
  return lines;
}
