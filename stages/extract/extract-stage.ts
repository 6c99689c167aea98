import type { Stage, StageContext } from '../../core/stage.js';
import { createFrameMeter } from './measure/frame-meter.js';
import type { FrameMeter } from './frame-meter.js';
import { decodeEvenly } from './even-sound.js';
import { judge } from './judgement.js';
import { openSource } from './open-source.js';
import { extractParamsSchema, type ExtractParams } from './params.js';
import { writeArtefact } from './write-artefact.js';

/**
 * Decodes a file once and writes everything later stages look at: see media-info.ts for the artefact and
 * docs/decisions/0003-timeline.md for the clock.
 */
export const extractStage: Stage<ExtractParams, unknown, never> = createExtractStage(createFrameMeter);

/** @param createMeter makes the meter that measures every decoded frame of one video */
export function createExtractStage(createMeter: () => FrameMeter): Stage<ExtractParams, unknown, never> {
  return {
    name: 'extract',
    version: 4,
    inputs: [],
    params: extractParamsSchema,
    resource: 'media',
    scratch: true,
    run: (context) => extract(context, createMeter),
  };
}

async function extract(
  context: StageContext<ExtractParams, unknown, never>,
  createMeter: () => FrameMeter,
): Promise<void> {
  const { params, signal, folder } = context;
  const source = await openSource(await context.sourceFile(), folder, params, signal);
  let { request } = source;
  const { video, audio } = request;
  const hooks = { signal, createMeter, onTime: progressOf(context, request.probed.claimedSec) };
  let decoded = await decodeEvenly(request, hooks);
  const warnings = [...source.warnings];
  // A track of which nothing can be decoded makes ffmpeg give up the other one early: that one deserves a run alone.
  if (decoded.outcome.exitCode !== 0 && video && audio && (decoded.picture === null) !== (decoded.sound === null)) {
    warnings.push(`nothing of the ${decoded.picture ? 'sound' : 'picture'} track could be decoded: it is left out`);
    request = { ...request, video: decoded.picture && video, audio: decoded.sound && audio };
    decoded = await decodeEvenly(request, hooks);
  }
  const durationSec = Math.max(decoded.picture?.endSec ?? 0, decoded.sound?.endSec ?? 0);
  warnings.push(...judge(request, decoded, durationSec));
  await source.assertUnchanged();

  await writeArtefact(request, decoded, durationSec, warnings);
  for (const warning of warnings) context.warn(warning);
  context.progress(1);
}

/** Reports the latest time that was decoded, against what the header claims. */
export function progressOf(
  context: Pick<StageContext<unknown, unknown>, 'progress'>,
  claimedSec: number | null,
): (timeSec: number) => void {
  let latestSec = 0;
  return (timeSec) => {
    if (timeSec <= latestSec || claimedSec === null) return;
    latestSec = timeSec;
    context.progress(Math.min(1, timeSec / claimedSec));
  };
}
