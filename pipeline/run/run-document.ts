import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { RunReference } from '../../queues/engine.js';
import { EarsightError } from '../errors.js';
import { readJson, writeFileAtomically } from '../store/atomic-file.js';
import { hashOf } from '../store/canonical-json.js';

/**
 * The settings of a run, kept in its output folder under their hash: a job names them, and a worker that never saw the
 * command line builds the same graph from them.
 */
export const runDocumentSchema = z.strictObject({
  schema: z.literal(1),
  segment: z.string(),
  frames: z.enum(['all', 'keyframes']),
  /** The list itself, not its path. */
  labels: z.array(z.strictObject({ name: z.string(), aliases: z.array(z.string()) })).nullable(),
  timeoutSec: z.number().positive().nullable(),
  /** Videos that last more seconds are worked on in parts of about that length; null: none is. */
  shardSec: z.number().positive().nullable(),
  /** Names of pulled packs and absolute folders of others. */
  packs: z.array(z.string()),
  /** `hashOfGraph` at the submitter: a worker with another version or other weights finds another one. */
  graph: z.string(),
});
export type RunDocument = z.infer<typeof runDocumentSchema>;

const NAME_DIGITS = 32;

export function settingsName(document: RunDocument): string {
  return hashOf(document).slice(0, NAME_DIGITS);
}

/** @param out absolute. */
export async function writeRunDocument(out: string, document: RunDocument): Promise<RunReference> {
  const run = { out, settings: settingsName(document) };
  await mkdir(join(out, '.earsight', 'runs'), { recursive: true });
  await writeFileAtomically(pathOf(run), JSON.stringify(document));
  return run;
}

/** @throws EarsightError EARSIGHT_RUN_UNKNOWN. */
export async function readRunDocument(run: RunReference): Promise<RunDocument> {
  const parsed = /^[0-9a-f]+$/.test(run.settings) ? runDocumentSchema.safeParse(await readJson(pathOf(run))) : null;
  if (parsed?.success !== true || settingsName(parsed.data) !== run.settings)
    throw new EarsightError('EARSIGHT_RUN_UNKNOWN', { out: run.out });
  return parsed.data;
}

function pathOf({ out, settings }: RunReference): string {
  return join(out, '.earsight', 'runs', `${settings}.json`);
}
