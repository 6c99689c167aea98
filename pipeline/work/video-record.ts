import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readJson, writeFileAtomically } from '../../core/store/atomic-file.js';
import { hashOf } from '../../core/store/canonical-json.js';
import { fileStampSchema, sameStamp, stampFile } from '../../core/store/source-identity.js';
import type { ArtefactStore } from '../../core/store/artefact-store.js';

/**
 * The record of a published video. It is written last, so it proves that everything was published, and the next run can
 * skip the video after one read.
 */
const videoRecordSchema = z.strictObject({
  schema: z.literal(1),
  input: z.string(),
  output: z.string(),
  stamp: fileStampSchema,
  sha256: z.string(),
  /** `hashOfGraph`: the stages, parameters and models that made the results. */
  graph: z.string(),
  durationSec: z.number().nonnegative().nullable(),
  device: z.string().nullable(),
  eventsPerLabel: z.record(z.string(), z.number().int()),
  warningsPerCode: z.record(z.string(), z.number().int()),
  /** The published files, with paths relative to the output folder. */
  files: z.array(z.strictObject({ path: z.string(), bytes: z.number().int() })),
});
export type VideoRecord = z.infer<typeof videoRecordSchema>;

export async function readVideoRecord(store: ArtefactStore, output: string): Promise<VideoRecord | null> {
  const parsed = videoRecordSchema.safeParse(await readJson(recordPath(store, output)));
  return parsed.success && parsed.data.output === output ? parsed.data : null;
}

export async function writeVideoRecord(store: ArtefactStore, record: VideoRecord): Promise<void> {
  await writeFileAtomically(recordPath(store, record.output), JSON.stringify(record));
}

/** Whether nothing needs to be done: the same file, the same graph, and every published file is still there. */
export async function isUpToDate(
  record: VideoRecord,
  input: string,
  graph: string,
  outputFolder: string,
): Promise<boolean> {
  if (record.graph !== graph || record.input !== input || !sameStamp(record.stamp, await stampFile(input)))
    return false;
  // About ten files per video at a few microseconds each; the asynchronous form costs ten times as much.
  return record.files.every(
    (file) => statSync(join(outputFolder, file.path), { throwIfNoEntry: false })?.size === file.bytes,
  );
}

/** Must be called before published files are replaced, so that a run that is killed in between publishes again. */
export async function removeVideoRecord(store: ArtefactStore, output: string): Promise<void> {
  await rm(recordPath(store, output), { force: true });
}

function recordPath(store: ArtefactStore, output: string): string {
  return store.videoRecordPath(hashOf(output).slice(0, 32));
}
