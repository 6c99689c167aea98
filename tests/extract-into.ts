import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import type { Stage } from '../core/stage.js';
import { openMedia, type MediaReader } from '../stages/extract/media-reader.js';
import { extractParamsSchema, type ExtractParams } from '../stages/extract/params.js';
import type { Warning } from '../core/warnings.js';
import { extractStage } from '../stages/extract/extract-stage.js';

export interface Extracted {
  readonly folder: string;
  readonly media: MediaReader;
  /** What the stage said through `context.warn`. */
  readonly warnings: readonly Warning[];
  readonly progress: readonly number[];
}

const folders: string[] = [];

/** Runs the real extract stage on a file. The result lies in a temporary folder that `removeExtracted` removes. */
export async function extractInto(
  path: string,
  params: z.input<typeof extractParamsSchema> = {},
  signal: AbortSignal = new AbortController().signal,
  stage: Stage<ExtractParams> = extractStage,
): Promise<Extracted> {
  const folder = await temporaryFolder();
  const warnings: Warning[] = [];
  const progress: number[] = [];
  await stage.run({
    source: { path, sha256: '', bytes: 0 },
    sourceFile: () => Promise.resolve(path),
    params: extractParamsSchema.parse(params),
    inputs: {},
    folder,
    services: undefined,
    signal,
    progress: (fraction) => progress.push(fraction),
    warn: (warning) => warnings.push(warning),
  });
  return { folder, media: await openMedia(folder), warnings, progress };
}

/** Creates a folder that `removeExtracted` removes. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'earsight-extract-'));
  folders.push(folder);
  return folder;
}

/** Removes all temporary folders; to be called in `afterAll`. */
export async function removeExtracted(): Promise<void> {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}
