import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path';
import { EarsightError, toEarsightError } from '../../core/errors.js';
import { readPathList } from './path-list.js';

/** One file to work on, or one argument that could not be followed. */
export interface FoundInput {
  /** As the user would write it. */
  readonly shown: string;
  /** Absolute. */
  readonly path: string;
  /** The folder that was named (or that holds the file or list that was named), absolute. */
  readonly root: string;
  readonly error: EarsightError | null;
}

/**
 * Which files of a folder are taken for sound or video. Playlists are among them, so that they are refused by name
 * instead of passed over in silence. A file that is named outright is taken whatever its extension.
 */
const EXTENSIONS = new Set(
  (
    'mp4 m4v mov qt 3gp 3g2 mkv mk3d mka webm weba avi flv f4v ts mts m2ts m2t mpg mpeg mpe vob wmv wma asf ogv ogg oga ' +
    'opus mxf wav wave w64 aif aiff caf flac mp3 mp2 m4a m4b aac ac3 eac3 amr au m3u m3u8 pls mpd'
  )
    .split(' ')
    .map((extension) => `.${extension}`),
);

const LEADS_NOWHERE = new Set<string | undefined>(['ENOENT', 'ELOOP']);

/**
 * Follows files, folders (recursively, hidden names and `outputFolder` left out) and `.txt` lists (one path a line,
 * relative to the list). Symbolic links are followed; a folder reached twice is walked once. Never throws for one bad
 * argument: it becomes an entry with its error.
 */
export async function findInputs(
  given: readonly string[],
  outputFolder: string,
  signal?: AbortSignal,
): Promise<FoundInput[]> {
  const walk: Walk = { output: await realOf(outputFolder), folders: new Map(), files: new Set(), found: [], signal };
  for (const name of given) {
    const path = resolve(name);
    if (extname(name).toLowerCase() === '.txt' && !(await isFolder(path))) await followList(walk, name, path);
    else await follow(walk, name, path, null);
  }
  return walk.found;
}

interface Walk {
  readonly output: string;
  /** Those walked, and whether anything to work on or to tell of was below them. */
  readonly folders: Map<string, boolean>;
  readonly files: Set<string>;
  readonly found: FoundInput[];
  readonly signal: AbortSignal | undefined;
}

async function followList(walk: Walk, shown: string, path: string): Promise<void> {
  try {
    for (const line of await readPathList(path, shown))
      await follow(walk, line, resolve(dirname(path), line), dirname(path));
  } catch (error) {
    refuse(walk, shown, path, error);
  }
}

async function follow(walk: Walk, shown: string, path: string, listFolder: string | null): Promise<void> {
  try {
    // Nearly always a shell variable that is not set; it would stand for the current folder.
    if (shown === '') throw new EarsightError('EARSIGHT_INPUT_MISSING', { path: "''" });
    if ((await stat(path)).isDirectory()) {
      if ((await realOf(path)) === walk.output)
        throw new EarsightError('EARSIGHT_OUTPUT_UNWRITABLE', {
          path: shown,
          reason: 'the inputs themselves lie there',
        });
      if (!(await walkFolder(walk, shown, path, path))) throw new EarsightError('EARSIGHT_INPUT_NONE', { path: shown });
    } else {
      const inList = listFolder !== null && !relative(listFolder, path).startsWith('..');
      take(walk, shown, path, inList ? listFolder : dirname(path));
    }
  } catch (error) {
    refuse(walk, shown, path, error);
  }
}

/** Resolves to whether anything to work on or to tell of is below it, found now or before. */
async function walkFolder(walk: Walk, shown: string, folder: string, root: string): Promise<boolean> {
  walk.signal?.throwIfAborted();
  const real = await realOf(folder);
  if (real === walk.output) return false;
  const before = walk.folders.get(real);
  if (before !== undefined) return before;
  walk.folders.set(real, false);
  const entries = await readdir(folder, { withFileTypes: true });
  let holds = false;
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const { name } = entry;
    if (name.startsWith('.')) continue;
    const path = join(folder, name);
    const isMedia = EXTENSIONS.has(extname(name).toLowerCase());
    try {
      const found = await stat(path).catch((error: unknown) => {
        // A dangling link or a link to itself is nobody's video.
        const isNobodys = LEADS_NOWHERE.has((error as NodeJS.ErrnoException).code) && !isMangled(name);
        if (isNobodys || !(isMedia || entry.isDirectory())) return null;
        throw error;
      });
      if (found?.isDirectory() === true) {
        if (await walkFolder(walk, join(shown, name), path, root)) holds = true;
      } else if (found?.isFile() === true && isMedia) {
        take(walk, join(shown, name), path, root);
        holds = true;
      }
    } catch (error) {
      refuse(walk, join(shown, name), path, error);
      holds = true;
    }
  }
  walk.folders.set(real, holds);
  return holds;
}

/** The same file named twice is one input. */
function take(walk: Walk, shown: string, path: string, root: string): void {
  if (walk.files.has(path)) return;
  walk.files.add(path);
  walk.found.push({ shown, path, root, error: null });
}

function refuse(walk: Walk, shown: string, path: string, error: unknown): void {
  const coded =
    isMangled(path) && (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? new EarsightError('EARSIGHT_INPUT_NAME', { path: shown })
      : toEarsightError(error, shown);
  if (coded.code === 'EARSIGHT_CANCELLED') throw coded;
  walk.found.push({ shown, path, root: dirname(path), error: coded });
}

/** Bytes of a name that are no UTF-8 come as this sign, under which nothing can be opened. */
function isMangled(path: string): boolean {
  return path.includes('\uFFFD');
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() === true;
}

async function realOf(path: string): Promise<string> {
  return await realpath(path).catch(() => resolve(path));
}

/** Where an input's results go, below the output folder: its path below the root, with forward slashes. */
export function plainOutput(input: FoundInput): string {
  return (relative(input.root, input.path) || basename(input.path)).split(sep).join('/');
}
