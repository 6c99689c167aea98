import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EarsightError } from '../../../core/errors.js';
import { decode, type Decoded } from '../decode/decode.js';
import { openSource } from '../probe/open-source.js';
import { extractParamsSchema } from '../params.js';
import { progressOf } from '../extract-stage.js';
import { defineStage } from '../../services.js';
import { CUT_FILE, cutInfoSchema } from './cut-info.js';
import { pictureSpan } from './picture-span.js';
import { PICTURE_FILE, type PictureShard } from './shard-info.js';

const paramsSchema = extractParamsSchema.extend({ part: z.number().int().nonnegative() });

/** Decodes one part of the picture, and enough of the part before it for the join to prove that the two fit together. */
export function extractPictureStage(part: number) {
  return defineStage({
    name: `extract-picture-${part}`,
    version: 5,
    inputs: ['cut'],
    params: paramsSchema,
    resource: 'media',
    scratch: true,
    async run(context) {
      const { params, folder, signal, inputs } = context;
      const { firstSegments } = await inputs.cut.json(CUT_FILE, cutInfoSchema);
      const first = firstSegments[params.part];
      if (first === undefined)
        throw new EarsightError('EARSIGHT_BUG', { reason: `part ${params.part} of ${firstSegments.length}` });
      const next = firstSegments[params.part + 1] ?? null;
      const source = await openSource(await context.sourceFile(), folder, params, signal, true);
      const { probed } = source.request;
      const beginSec = (first * params.segment.num) / params.segment.den;
      const endSec = next === null ? probed.claimedSec : (next * params.segment.num) / params.segment.den;
      const progress = progressOf(context, endSec && endSec - beginSec);
      const decoded = await decode(
        { ...source.request, audio: null, span: pictureSpan(params.segment, first, next) },
        { signal, onTime: (timeSec) => progress(timeSec - beginSec) },
      );
      await source.assertUnchanged();
      const shard = describe(decoded, first, next === null ? null : next - first);
      await writeFile(join(folder, PICTURE_FILE), JSON.stringify(shard));
    },
  });
}

function describe(decoded: Decoded, firstSegment: number, segments: number | null): PictureShard {
  const { picture } = decoded;
  return {
    schema: 1,
    doubt: findDecodeProblem(decoded, segments),
    firstSegment,
    segments,
    startSec: picture?.startSec ?? 0,
    endSec: picture?.endSec ?? 0,
    gaps: picture?.gaps ?? null,
    columns: [...(picture?.columns ?? [])],
    grid: { timesSec: [...(picture?.grid.timesSec ?? [])], shown: [...(picture?.grid.shown ?? [])] },
    span: {
      lead: picture?.span?.leadInFrames ?? 0,
      own: picture?.span?.ownFrames ?? 0,
      ordered: picture?.span?.ordered ?? false,
      head: [...(picture?.span?.headChecksums ?? [])],
      tail: [...(picture?.span?.tailChecksums ?? [])],
    },
  };
}

/** Why the part may differ from what a decode of the whole file would give; null when nothing indicates that. */
function findDecodeProblem({ plan, outcome, ended, picture }: Decoded, segments: number | null): string | null {
  if (outcome.exitCode !== 0 || outcome.killedBy || !ended) return 'the decoder did not come to its end';
  if (outcome.stderrTotal > 0) return `the decoder complained: ${outcome.stderr.at(-1) ?? ''}`;
  if (!picture?.span) return 'it holds no frame';
  if (!picture.span.ordered || picture.rows !== picture.frames) return 'its frames have no steady times';
  if (plan.frames.length > 0 && segments !== null && picture.grid.shown.length < segments)
    return 'its last frames lie too far from its end';
  return null;
}
