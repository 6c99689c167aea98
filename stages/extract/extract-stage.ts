import type { Stage, StageContext } from '../../core/stage.js';
import { boundWarnings, warningOf } from '../../core/warnings.js';
import { decodeSource } from './decode/decode-source.js';
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
  version: 7,
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
  const hooks = { signal, onTime: progressOf(context, request.clock?.durationSec ?? request.probed.claimedSec) };
  let decoded = await decodeSource(request, hooks);
  const noticed = [...source.warnings];
  // When nothing of one track can be decoded, ffmpeg stops the other track early. Decode that one again by itself.
  if (decoded.outcome.exitCode !== 0 && video && audio && (decoded.picture === null) !== (decoded.sound === null)) {
    const lost = decoded.picture ? audio : video;
    const track = decoded.picture ? 'sound' : 'picture';
    noticed.push(warningOf('EARSIGHT_WARN_TRACK_LOST', { track, codec: lost.stream.codec_name }));
    request = { ...request, video: decoded.picture && video, audio: decoded.sound && audio };
    decoded = await decodeSource(request, hooks);
  }
  const durationSec = Math.max(decoded.picture?.endSec ?? 0, decoded.sound?.endSec ?? 0);
  noticed.push(...checkDecode(request, decoded, durationSec));
  await source.assertUnchanged();

  const warnings = boundWarnings(noticed);
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
