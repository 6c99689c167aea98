import { createHash } from 'node:crypto';
import { basename } from 'node:path';

export interface Claim {
  readonly path: string;
  readonly root: string;
  /** The folder it would like, below the output folder. */
  readonly wanted: string;
}

/** Names at the top of the output folder that are ours. */
const RESERVED = ['index.html', 'index.jsonl', 'summary.json', '.earsight'];

/**
 * Gives every input a folder of its own below the output folder. The first to want a folder gets it; whoever wants one
 * that is taken, or one inside or around a taken one, gets `<root's name>-<hash of root>/<wanted>` instead. The hash
 * depends on nothing but the root, so the same file gets the same folder in the next run.
 * @param ownerOf the input an earlier run of the same output folder gave this folder to, if it is still there.
 */
export function assignOutputFolders(claims: readonly Claim[], ownerOf: (output: string) => string | null): string[] {
  // Compared without case and Unicode form: the file system may not tell them apart.
  const taken = new Set(RESERVED);
  const around = new Set<string>();
  return claims.map((claim) => {
    const candidates = [
      claim.wanted,
      `${rootName(claim.root)}/${claim.wanted}`,
      `${hashed(claim.path)}/${claim.wanted}`,
    ];
    const output = candidates.find((candidate) => {
      const owner = ownerOf(candidate);
      return (owner === null || owner === claim.path) && isFree(folded(candidate), taken, around);
    });
    // The last candidate names the input itself, so only the same input twice could have taken it.
    const chosen = output ?? `${hashed(claim.path)}/${claim.wanted}`;
    taken.add(folded(chosen));
    for (const parent of parentsOf(folded(chosen))) around.add(parent);
    return chosen;
  });
}

function isFree(output: string, taken: ReadonlySet<string>, around: ReadonlySet<string>): boolean {
  return !taken.has(output) && !around.has(output) && parentsOf(output).every((parent) => !taken.has(parent));
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
