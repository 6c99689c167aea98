import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EarsightError } from '../../../core/errors.js';
import { writeFileAtomically } from '../../../core/store/atomic-file.js';

/**
 * `pack.lock.json` beside a pulled pack: the commit and the hashes that the first pull met. Every later pull, and every
 * load through `pack.json`, holds the files to them.
 */
const lockSchema = z.strictObject({
  schema: z.literal(1),
  sources: z.record(
    z.string(),
    z.strictObject({ commit: z.string(), files: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)) }),
  ),
});

export type PackLock = z.infer<typeof lockSchema>;

const NAME = 'pack.lock.json';

/** An empty one when nothing was pulled yet. @throws EARSIGHT_PACK_INVALID */
export async function readLock(folder: string): Promise<PackLock> {
  const text = await readFile(join(folder, NAME), 'utf8').catch(() => null);
  if (text === null) return { schema: 1, sources: {} };
  try {
    return lockSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new EarsightError('EARSIGHT_PACK_INVALID', { path: join(folder, NAME), reason: 'it is damaged' }, { cause });
  }
}

export async function writeLock(folder: string, lock: PackLock): Promise<void> {
  await writeFileAtomically(join(folder, NAME), `${JSON.stringify(lock, null, 2)}\n`);
}
