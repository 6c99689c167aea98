import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { Artefact, selectInputs, type Stage } from '../core/stage.js';
import { extractParamsSchema } from '../stages/extract/params.js';
import { CUT_FILE, cutInfoSchema, type CutInfo } from '../stages/extract/shards/cut-info.js';
import { cutStage } from '../stages/extract/shards/cut-stage.js';
import { joinExtractStage } from '../stages/extract/shards/join-stage.js';
import { extractPictureStage } from '../stages/extract/shards/picture-stage.js';
import { extractSoundStage } from '../stages/extract/shards/sound-stage.js';
import type { Warning } from '../core/warnings.js';
import { temporaryFolder } from './extract-into.js';

export interface ShardedExtract {
  readonly cut: CutInfo;
  /** The joined result; null when the video is not cut. */
  readonly folder: string | null;
  readonly warnings: readonly Warning[];
  /** Folder of each part of the picture. */
  readonly parts: readonly string[];
}

/**
 * Runs the real stages that extract a file in shards, without an engine.
 * @param onParts called after the parts are made and before they are joined, so that a test can damage one
 */
export async function extractInShards(
  path: string,
  shardSec: number,
  params: z.input<typeof extractParamsSchema>,
  onParts: (parts: readonly string[]) => Promise<void> = () => Promise.resolve(),
): Promise<ShardedExtract> {
  const base = await temporaryFolder();
  const warnings: Warning[] = [];
  const made = new Map<string, Artefact>();
  const parsed = extractParamsSchema.parse(params);
  const run = async <P, I extends string>(stage: Stage<P, unknown, I>, stageParams: P): Promise<Artefact> => {
    const folder = join(base, stage.name);
    await mkdir(folder);
    await stage.run({
      source: { path, sha256: '', bytes: 0 },
      sourceFile: () => Promise.resolve(path),
      params: stageParams,
      inputs: selectInputs(stage, made),
      folder,
      services: undefined,
      signal: new AbortController().signal,
      progress: () => undefined,
      warn: (warning) => warnings.push(warning),
    });
    const artefact = new Artefact({ key: stage.name, stage: stage.name, folder });
    made.set(stage.name, artefact);
    return artefact;
  };
  const cut = await (await run(cutStage, { ...parsed, shardSec })).json(CUT_FILE, cutInfoSchema);
  if (cut.firstSegments.length === 0) return { cut, folder: null, warnings, parts: [] };
  const parts = [];
  for (const part of cut.firstSegments.keys())
    parts.push((await run(extractPictureStage(part), { ...parsed, part })).folder);
  await run(extractSoundStage, parsed);
  await onParts(parts);
  return { cut, folder: (await run(joinExtractStage(parts.length), parsed)).folder, warnings, parts };
}
