import { constants, existsSync } from 'node:fs';
import { copyFile, lstat, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EarsightError } from '../../core/errors.js';
import type { Artefact } from '../../core/stage.js';
import { asOutputError, type ArtefactStore } from '../../core/store/artefact-store.js';
import { syncFile } from '../../core/store/atomic-file.js';
import { hashFile, sealedFiles } from '../../core/store/seal.js';
import { moveEntry, replaceEntry } from '../../core/store/replace-entry.js';
import type { StageGraph } from './stage-graph.js';

export interface PublishedFile {
  /** Relative to the output folder, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
}

/**
 * Copies the published files into `outputFolder/output`. They are written to a temporary folder, synced to disk, and
 * then moved in one step; where the folder exists already, each published name is replaced and other files of the user
 * stay. The files are copies, not hard links, so that editing a result never damages the store.
 * @throws EarsightError EARSIGHT_STORE_CORRUPT when a copy differs from what the stage has written; EARSIGHT_DISK_FULL, EARSIGHT_OUTPUT_UNWRITABLE.
 */
export async function publish(
  store: ArtefactStore,
  graph: StageGraph,
  artefacts: ReadonlyMap<string, Artefact>,
  outputFolder: string,
  output: string,
): Promise<PublishedFile[]> {
  const target = join(outputFolder, output);
  const temporary = await store.temporaryFolder('publish');
  try {
    const published = new Set<string>();
    for (const node of graph) {
      for (const name of node.publishes) {
        published.add(name);
        const artefact = artefacts.get(node.stage.name);
        if (artefact !== undefined) await copySealed(artefact, name, temporary);
      }
    }
    const files = await listFiles(temporary, output);
    for (const file of files) await syncFile(join(temporary, file.path.slice(output.length + 1)));
    await throwIfFile(target);
    await mkdir(dirname(target), { recursive: true });
    const trash = join(store.root, 'tmp');
    if (existsSync(target) || !(await moveEntry(temporary, target)))
      for (const name of published) await replaceEntry(join(temporary, name), join(target, name), trash);
    return files;
  } catch (error) {
    throw asOutputError(error, target);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/**
 * Copies the file or the files of the folder `name` that the seal of an artefact lists, and compares what was copied
 * with the seal, so that exactly the bytes that a stage has written are published.
 * @throws EarsightError EARSIGHT_STORE_CORRUPT.
 */
async function copySealed({ folder, key, stage }: Artefact, name: string, target: string): Promise<void> {
  for (const { path, sha256 } of await sealedFiles(folder)) {
    if (path !== name && !path.startsWith(`${name}/`)) continue;
    const copy = join(target, path);
    await mkdir(dirname(copy), { recursive: true });
    await copyFile(join(folder, path), copy, constants.COPYFILE_FICLONE);
    if ((await hashFile(copy)) !== sha256)
      throw new EarsightError('EARSIGHT_STORE_CORRUPT', { key: `${stage} ${key}` });
  }
}

async function throwIfFile(target: string): Promise<void> {
  const found = await lstat(target).catch(() => null);
  if (found !== null && !found.isDirectory())
    throw new EarsightError('EARSIGHT_OUTPUT_UNWRITABLE', { path: target, reason: 'a file of that name is there' });
}

async function listFiles(folder: string, output: string): Promise<PublishedFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const below = path.slice(folder.length + 1).replaceAll('\\', '/');
      return { path: `${output}/${below}`, bytes: (await stat(path)).size };
    });
  return (await Promise.all(files)).sort((a, b) => (a.path < b.path ? -1 : 1));
}
