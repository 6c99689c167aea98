import type { Stage, StageContext } from '../../core/stage.js';
import { decodeWithResampling } from './decode/decode-with-resampling.js';
import { checkDecode } from './decode/check-decode.js';
import { openSource } from './probe/open-source.js';
import { extractParamsSchema, type ExtractParams } from './params.js';
import { writeArtefact } from './write-artefact.js';

/**
 * Decodes a file once and writes everything that later stages read: see media-info.ts for the artefact and
 * docs/decisions/0003-timeline.md for the clock.
 */
export const extractStage: Stage<ExtractParams, unknown, never> = {
  name: 'extract',
  version: 5,
  inputs: [],
  params: extractParamsSchema,
  resource: 'media',
  scratch: true,
  run: extract,
};

async function extract(context: StageContext<ExtractParams, unknown, never>): Promise<void> {
  const { params, signal, folder } = context;
  const source = await openSource(await context.sourceFile(), folder, params, signal);
  let { request } = source;
  const { video, audio } = request;
  const hooks = { signal, onTime: progressOf(context, request.probed.claimedSec) };
  let decoded = await decodeWithResampling(request, hooks);
  const warnings = [...source.warnings];
  // When nothing of one track can be decoded, ffmpeg stops the other track early. Decode that one again by itself.
  if (decoded.outcome.exitCode !== 0 && video && audio && (decoded.picture === null) !== (decoded.sound === null)) {
    warnings.push(`nothing of the ${decoded.picture ? 'sound' : 'picture'} track could be decoded: it is left out`);
    request = { ...request, video: decoded.picture && video, audio: decoded.sound && audio };
    decoded = await decodeWithResampling(request, hooks);
  }
  const durationSec = Math.max(decoded.picture?.endSec ?? 0, decoded.sound?.endSec ?? 0);
  warnings.push(...checkDecode(request, decoded, durationSec));
  await source.assertUnchanged();

  await writeArtefact(request, decoded, durationSec, warnings);
  for (const warning of warnings) context.warn(warning);
  context.progress(1);
}

/** Reports the latest decoded time as a fraction of the duration that the header claims; without a claim, nothing. */
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
