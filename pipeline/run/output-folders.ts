import { createHash } from 'node:crypto';
import { basename, relative, sep } from 'node:path';
import type { FoundInput } from './find-inputs.js';

/** An input, and the folder that it gets unless another input has it. */
export interface FolderRequest {
  readonly path: string;
  readonly root: string;
  /** Relative to the output folder. */
  readonly preferred: string;
}

/** Names at the top of the output folder that earsight itself uses. */
const RESERVED = ['index.html', 'index.jsonl', 'summary.json', '.earsight'];

/** The folder of an input's results, relative to the output folder: its path below the root, with forward slashes. */
export function preferredOutput(input: FoundInput): string {
  return (relative(input.root, input.path) || basename(input.path)).split(sep).join('/');
}

/**
 * Gives every input a folder of its own below the output folder. The first input that prefers a folder gets it. When
 * the preferred folder is taken, or is inside a taken one, or contains one, the input gets
 * `<name of root>-<hash of root>/<preferred>` instead. The hash depends only on the root, so that a file gets the
 * same folder in the next run.
 * @param ownerOf returns the input that an earlier run of the same output folder gave this folder to, if that input
 * still exists.
 */
export function assignOutputFolders(
  requests: readonly FolderRequest[],
  ownerOf: (output: string) => string | null,
): string[] {
  // Compared without regard to case and Unicode form, because some file systems do not distinguish them.
  const taken = new Set(RESERVED);
  const parents = new Set<string>();
  return requests.map((request) => {
    const candidates = [
      request.preferred,
      `${rootName(request.root)}/${request.preferred}`,
      `${hashed(request.path)}/${request.preferred}`,
    ];
    const output = candidates.find((candidate) => {
      const owner = ownerOf(candidate);
      return (owner === null || owner === request.path) && isFree(folded(candidate), taken, parents);
    });
    // The last candidate contains the hash of the input's own path, so no other input can have taken it.
    const chosen = output ?? `${hashed(request.path)}/${request.preferred}`;
    taken.add(folded(chosen));
    for (const parent of parentsOf(folded(chosen))) parents.add(parent);
    return chosen;
  });
}

function isFree(output: string, taken: ReadonlySet<string>, parents: ReadonlySet<string>): boolean {
  return !taken.has(output) && !parents.has(output) && parentsOf(output).every((parent) => !taken.has(parent));
}

function parentsOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

function folded(path: string): string {
  return path.normalize('NFC').toLowerCase();
}

function rootName(root: string): string {
  return `${basename(root) || 'root'}-${hashed(root)}`;
}

function hashed(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
