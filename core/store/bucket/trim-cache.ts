import type { ArtefactStore } from '../artefact-store.js';
import { freeBytes } from '../free-bytes.js';

/** A worker that has seen this much has seen what the next steps need: more would only fill the disk. */
export const MOST_CACHED_BYTES = 50e9;

/**
 * Removes what was not used for longest until the rest is within bounds: `mostBytes`, and half of what the disk would
 * have free without it. What somebody holds stays.
 */
export async function trimCache(cache: ArtefactStore, mostBytes: number): Promise<void> {
  const kept = [];
  for await (const one of cache.kept()) kept.push(one);
  let bytes = kept.reduce((sum, one) => sum + one.bytes, 0);
  const limit = Math.min(mostBytes, (bytes + (await freeBytes(cache.root))) / 2);
  for (const one of kept.sort((a, b) => a.usedMs - b.usedMs)) {
    if (bytes <= limit) return;
    await cache.drop(one.recipe);
    bytes -= one.bytes;
  }
}
