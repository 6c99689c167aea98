import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stage } from '../../../core/stage.js';
import { warningOf } from '../../../core/warnings.js';
import { toSeconds } from '../../../core/time.js';
import type { DecodeRequest } from '../decode/decode-plan.js';
import { openSource } from '../probe/open-source.js';
import { CUT_FILE, cutParamsSchema, type CutInfo, type CutParams } from './cut-info.js';
import { findSeekProblem } from './seek-check.js';
import { pictureSpan, seekTargetUs } from './picture-span.js';

/** Demuxers that seek by an index to exact times. Streams (MPEG-TS, FLV) and the rest guess from bytes. */
const INDEXED = new Set(['mov', 'matroska']);
/** Codecs whose decoders, started at a key frame, do not depend on anything before it. */
const SELF_CONTAINED = new Set(['h264', 'hevc', 'vp8', 'vp9', 'av1', 'mpeg4', 'mjpeg', 'prores', 'ffv1']);

/** More parts than workers gain nothing, and every job of a video carries the list of all parts through the queue. */
const MAX_PARTS = 24;

/**
 * Decides how the work on one video is divided, from its header and from where its demuxer would begin to decode.
 * In case of doubt the picture stays whole, with a warning; the join checks what this stage cannot know
 * (docs/decisions/0030-time-shards.md).
 */
export const cutStage: Stage<CutParams, unknown, never> = {
  name: 'cut',
  version: 2,
  inputs: [],
  params: cutParamsSchema,
  resource: 'light',
  scratch: false,
  async run(context) {
    const { folder, params, signal } = context;
    const opened = await openSource(await context.sourceFile(), folder, params, signal);
    const info = await cut(opened.request, params, signal);
    if (info.whole !== null) context.warn(warningOf('EARSIGHT_WARN_WHOLE', { reason: info.whole }));
    await writeFile(join(folder, CUT_FILE), JSON.stringify(info));
  },
};

async function cut(request: DecodeRequest, params: CutParams, signal: AbortSignal): Promise<CutInfo> {
  const { segment, shardSec } = params;
  // Some containers count from the zero of their clock. A duration that is too short only makes the last part longer.
  const claimedSec = (request.probed.claimedSec ?? 0) - Math.max(0, toSeconds(request.probed.start));
  const segments = Math.floor((claimedSec * segment.den) / segment.num);
  const parts = Math.max(1, Math.min(Math.ceil(claimedSec / shardSec), segments, MAX_PARTS));
  const whole = (reason: string | null): CutInfo => ({ schema: 1, parts, firstSegments: [], whole: reason });
  if (parts === 1) return whole(null);
  if (request.clock === null || request.clock.breaks.length > 0) return whole('its clock jumps');
  if (request.clock.longestGap !== null) return whole('it has gaps');
  if (params.frameMode === 'keyframes') return whole('only its key frames are decoded');
  if (!request.video) return whole('there is none');
  const codec = request.video.stream.codec_name;
  if (!INDEXED.has(request.demuxer)) return whole(`${request.probed.container} has no index of exact times`);
  if (!SELF_CONTAINED.has(codec)) return whole(`${codec} may look back beyond its key frames`);
  const firstSegments = Array.from({ length: parts }, (_, part) => Math.round((part * segments) / parts));
  const targets = firstSegments.slice(1).map((first) => seekTargetUs(pictureSpan(segment, first, null).begin));
  const problem = await findSeekProblem(request, targets, claimedSec / parts, signal);
  return problem === null ? { ...whole(null), firstSegments } : whole(problem);
}
