import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Artefact, StageContext } from '../../../core/stage.js';
import { warningOf } from '../../../core/warnings.js';
import { LOUDNESS_FILE, MOTION_FILE, MOTION_TIMES_FILE, type Decoded, type DecodedPicture } from '../decode/decode.js';
import { planDecode, type DecodePlan } from '../decode/decode-plan.js';
import { checkDecode } from '../decode/check-decode.js';
import { openSource } from '../probe/open-source.js';
import type { ExtractParams } from '../params.js';
import { extractStage } from '../extract-stage.js';
import { writeArtefact } from '../write-artefact.js';
import { defineStage } from '../../services.js';
import { appendBytes } from './append-bytes.js';
import { findDiscontinuity, joinGaps, joinGrids } from './continuity.js';
import {
  PICTURE_FILE,
  SOUND_FILE,
  pictureShardSchema,
  soundShardSchema,
  type PictureShard,
  type SoundShard,
} from './shard-info.js';

/**
 * Makes exactly the artefact of `extract` from the sound and the parts of the picture. When the parts do not fit together
 * (docs/decisions/0030-time-shards.md), the whole file is decoded in one run instead, with a warning that says why.
 */
export function joinExtractStage(parts: number) {
  const names = Array.from({ length: parts }, (_, part) => `extract-picture-${part}` as const);
  return defineStage({
    ...extractStage,
    inputs: ['extract-sound', ...names],
    async run(context) {
      const { 'extract-sound': soundPart, ...pictureParts } = context.inputs;
      const pictures = Object.values(pictureParts);
      const shards = [];
      for (const part of pictures) shards.push(await part.json(PICTURE_FILE, pictureShardSchema));
      const sound = await soundPart.json(SOUND_FILE, soundShardSchema);
      const problem = sound.doubt ?? findDiscontinuity(shards);
      if (problem !== null) {
        context.warn(warningOf('EARSIGHT_WARN_DECODED_AGAIN', { reason: problem }));
        await extractStage.run(context);
        return;
      }
      await joinParts(context, pictures, shards, soundPart, sound);
    },
  });
}

async function joinParts(
  context: StageContext<ExtractParams, unknown, never>,
  parts: readonly Artefact[],
  shards: readonly PictureShard[],
  soundPart: Artefact,
  { sound }: SoundShard,
): Promise<void> {
  const { params, folder, signal } = context;
  const source = await openSource(await context.sourceFile(), folder, params, signal, true);
  const plan = planDecode(source.request);
  for (const [index, part] of parts.entries()) {
    const shard = shards[index];
    if (!shard) continue;
    for (const { file, rowBytes, first, count } of rowsOf(shard, plan)) {
      signal.throwIfAborted();
      await appendBytes(join(part.folder, file), join(folder, file), first * rowBytes, count * rowBytes);
    }
    context.progress((index + 1) / (parts.length + 1));
  }
  if (sound)
    for (const name of [LOUDNESS_FILE, ...sound.waves.map(({ file }) => file)])
      await copyFile(join(soundPart.folder, name), join(folder, name));
  const decoded: Decoded = {
    plan,
    outcome: { exitCode: 0, killedBy: null, stderr: [], stderrTotal: 0 },
    ended: true,
    picture: joinPicture(shards),
    sound,
  };
  const durationSec = Math.max(decoded.picture?.endSec ?? 0, sound?.endSec ?? 0);
  const warnings = [...source.warnings, ...checkDecode(source.request, decoded, durationSec)];
  await source.assertUnchanged();
  await writeArtefact(source.request, decoded, durationSec, warnings);
  for (const warning of warnings) context.warn(warning);
  context.progress(1);
}

/** The rows of each raw file of a part that go into the whole: its own frames, without the lead-in and without frames past its end. */
function rowsOf(shard: PictureShard, { frames }: DecodePlan): RowRange[] {
  const { lead, own } = shard.span;
  const measured = { first: lead, count: own };
  const stored = { first: 0, count: shard.segments ?? shard.grid.shown.length };
  return [
    { file: MOTION_FILE, rowBytes: shard.columns.length * Float32Array.BYTES_PER_ELEMENT, ...measured },
    { file: MOTION_TIMES_FILE, rowBytes: Float64Array.BYTES_PER_ELEMENT, ...measured },
    ...frames.map(({ file, picture }) => ({ file, rowBytes: picture.width * picture.height * 3, ...stored })),
  ];
}

interface RowRange {
  readonly file: string;
  readonly rowBytes: number;
  readonly first: number;
  readonly count: number;
}

function joinPicture(shards: readonly PictureShard[]): DecodedPicture | null {
  const frames = shards.reduce((sum, shard) => sum + shard.span.own, 0);
  const [first] = shards;
  const last = shards.at(-1);
  if (!first || !last || frames === 0) return null;
  return {
    frames,
    startSec: first.startSec,
    endSec: last.endSec,
    gaps: joinGaps(shards),
    grid: joinGrids(shards),
    cuts: [],
    columns: first.columns,
    rows: frames,
    span: null,
  };
}
