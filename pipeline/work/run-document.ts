import { z } from 'zod';
import type { RunReference } from '../../queues/engine.js';
import { EarsightError } from '../../core/errors.js';
import { hashOf } from '../../core/store/canonical-json.js';
import { labelSchema } from '../../stages/label/label-info.js';
import { shotSettingsSchema } from '../../stages/shots/shots-stage.js';
import { transcriptSettingsSchema } from './transcript-settings.js';
import { eventRuleSchema } from '../../stages/parse/parse-stage.js';
import type { Documents } from '../../core/store/documents.js';

/**
 * The settings of a run, stored with its artefacts under their own hash. Jobs refer to them, and a worker builds the
 * same graph from them without the command line of the submitter.
 */
const runDocumentSchema = z.strictObject({
  schema: z.literal(1),
  segment: z.string(),
  frames: z.enum(['all', 'keyframes']),
  /** Left out where the user said nothing about shots. */
  shots: shotSettingsSchema.exactOptional(),
  /** Null for no transcript; left out where the user said nothing about transcripts. */
  transcript: transcriptSettingsSchema.nullable().exactOptional(),
  /** The list itself, not its path. */
  labels: z.array(labelSchema.extend({ rule: eventRuleSchema.optional() })).nullable(),
  /** Left out where words are wanted, as by default. */
  words: z.literal(false).exactOptional(),
  timeoutSec: z.number().positive().nullable(),
  /** Videos longer than this many seconds are processed in parts of about that length; null for no parts. */
  shardSec: z.number().positive().nullable(),
  /** Names of pulled packs, and absolute folders of others. */
  packs: z.array(z.string()),
  /** `hashOfGraph` at the submitter. A worker with another version or other weights computes a different hash. */
  graph: z.string(),
});
export type RunDocument = z.infer<typeof runDocumentSchema>;

const NAME_DIGITS = 32;

export function settingsName(document: RunDocument): string {
  return hashOf(document).slice(0, NAME_DIGITS);
}

/** @param out the output folder or bucket of the run; `documents` are stored there. */
export async function writeRunDocument(
  documents: Documents,
  out: string,
  document: RunDocument,
): Promise<RunReference> {
  const run = { out, settings: settingsName(document) };
  await documents.write(nameOf(run), document);
  return run;
}

/** @throws EarsightError EARSIGHT_RUN_UNKNOWN. */
export async function readRunDocument(documents: Documents, run: RunReference): Promise<RunDocument> {
  const isName = /^[0-9a-f]+$/.test(run.settings);
  const parsed = isName ? runDocumentSchema.safeParse(await documents.read(nameOf(run))) : null;
  if (parsed?.success !== true || settingsName(parsed.data) !== run.settings)
    throw new EarsightError('EARSIGHT_RUN_UNKNOWN', { out: run.out });
  return parsed.data;
}

function nameOf({ settings }: RunReference): string {
  return `runs/${settings}.json`;
}
