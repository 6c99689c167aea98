import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoadedPacks } from '../../models/packs/loaded-packs.js';
import { shotsFileSchema, type ShotsFile } from '../../core/schemas/shots.js';
import { Artefact, type Stage } from '../../core/stage.js';
import type { StageServices } from '../services.js';
import { extractStage } from '../extract/extract-stage.js';
import { shotsStage, type ShotSettings } from '../shots/shots-stage.js';
import { PREVIEW_GEOMETRY } from '../shots/write-key-frame.js';

/** Runs the extract stage for tests of the shots and sound stages, into a new folder below `work`. */
export async function extractFor(
  path: string,
  work: string,
  options: { frameMode?: 'all' | 'keyframes'; sampleRatesHz?: readonly number[] } = {},
): Promise<Artefact> {
  return runStage(
    extractStage,
    { geometries: [PREVIEW_GEOMETRY], sampleRatesHz: [16_000], ...options },
    path,
    work,
    {},
  );
}

/** Runs the shots stage on an extract artefact. */
export async function shotsOf(
  extract: Artefact,
  work: string,
  params: ShotSettings = {},
): Promise<{ file: ShotsFile; folder: string }> {
  const shots = await runStage(shotsStage, params, '', work, { extract });
  return { file: await shots.json('shots.json', shotsFileSchema), folder: shots.folder };
}

/** Runs a stage outside the pipeline, without store and queue, and without packs unless some are given. */
export async function runStage<Params, Inputs extends string>(
  stage: Stage<Params, StageServices, Inputs>,
  params: unknown,
  path: string,
  work: string,
  inputs: Readonly<Record<NoInfer<Inputs>, Artefact>>,
  packs: LoadedPacks | null = null,
): Promise<Artefact> {
  const folder = join(work, `${stage.name}-${String(process.hrtime.bigint())}`);
  await mkdir(folder, { recursive: true });
  await stage.run({
    source: { path, sha256: '0'.repeat(64), bytes: 0 },
    sourceFile: () => Promise.resolve(path),
    params: stage.params.parse(params),
    inputs,
    folder,
    services: { packs: () => Promise.resolve(packs), cacheFolder: work },
    signal: new AbortController().signal,
    progress: () => undefined,
    warn: () => undefined,
  });
  return new Artefact({ key: folder, stage: stage.name, folder });
}
