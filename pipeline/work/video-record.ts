import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readJson, writeFileAtomically } from '../../core/store/atomic-file.js';
import { hashOf } from '../../core/store/canonical-json.js';
import { fileStampSchema, sameStamp, stampFile } from '../../core/store/source-identity.js';
import type { ArtefactStore } from '../../core/store/artefact-store.js';

/**
 * What a run leaves about a published video, written last: it says that everything is there, and lets the next run pass
 * the video by with one read.
 */
const videoRecordSchema = z.strictObject({
  schema: z.literal(1),
  input: z.string(),
  output: z.string(),
  stamp: fileStampSchema,
  sha256: z.string(),
  /** `hashOfGraph`: which stages, parameters and models made it. */
  graph: z.string(),
  durationSec: z.number().nonnegative().nullable(),
  device: z.string().nullable(),
  eventsPerLabel: z.record(z.string(), z.number().int()),
  /** Paths below the output folder. */
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

/** Whether there is nothing to do: same file, same graph, everything published still there. */
export async function isUpToDate(
  record: VideoRecord,
  input: string,
  graph: string,
  outputFolder: string,
): Promise<boolean> {
  if (record.graph !== graph || record.input !== input || !sameStamp(record.stamp, await stampFile(input)))
    return false;
  // Some ten files a video at a few microseconds each: the asynchronous form costs ten times as much.
  return record.files.every(
    (file) => statSync(join(outputFolder, file.path), { throwIfNoEntry: false })?.size === file.bytes,
  );
}

/** Called before anything published is touched: a run killed in between publishes again. */
export async function removeVideoRecord(store: ArtefactStore, output: string): Promise<void> {
  await rm(recordPath(store, output), { force: true });
}

function recordPath(store: ArtefactStore, output: string): string {
  return store.videoRecordPath(hashOf(output).slice(0, 32));
}
