import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { EarsightError, toEarsightError } from '../../../core/errors.js';
import { warningOf, type Warning } from '../../../core/warnings.js';
import type { DecodeRequest } from '../decode/decode-plan.js';
import { ffmpegCapabilities } from '../ffmpeg/capabilities.js';
import type { ExtractLimits, ExtractParams } from '../params.js';
import type { ClockBreak, Gap } from '../timeline/clock-survey.js';
import { probe } from './probe.js';
import { sniffContainer } from './sniff.js';
import { surveyClock } from './survey-clock.js';
import { chooseTracks } from './tracks.js';

/** A file that was probed and may be decoded. */
interface OpenedSource {
  readonly request: DecodeRequest;
  readonly warnings: readonly Warning[];
  /** @throws EARSIGHT_INPUT_CHANGED when the file has changed since it was opened */
  assertUnchanged(): Promise<void>;
}

/**
 * Sniffs and probes a file, chooses its tracks and follows the clock of their packets.
 * @param clockIsKnown a stage before this one followed the clock and found nothing odd
 * @throws what `sniffContainer`, `ffmpegCapabilities`, `probe` and `chooseTracks` throw; EARSIGHT_CANCELLED
 */
export async function openSource(
  sourcePath: string,
  folder: string,
  params: ExtractParams,
  signal: AbortSignal,
  clockIsKnown = false,
): Promise<OpenedSource> {
  const path = resolve(sourcePath);
  if (signal.aborted) throw new EarsightError('EARSIGHT_CANCELLED');
  const before = await fileVersion(path);
  const demuxer = await sniffContainer(path);
  const capabilities = await ffmpegCapabilities();
  const probed = await probe({ path, demuxer, signal, limitSec: params.stallSec });
  const { video, audio, warnings } = chooseTracks(path, probed, params.limits, capabilities.decoders);
  const streams = { video: video?.stream ?? null, audio: audio?.stream ?? null };
  const survey = { path, demuxer, ...streams, signal, wallClockSec: params.wallClockSec };
  const clock = clockIsKnown ? null : await surveyClock(survey);
  assertDuration(path, clock?.durationSec ?? probed.claimedSec ?? 0, clock?.longestGap ?? null, params.limits);
  return {
    request: { path, demuxer, folder: resolve(folder), params, probed, video, audio, capabilities, clock },
    warnings: [...warnings, ...(clock?.breaks ?? []).map(breakWarning)],
    async assertUnchanged() {
      if ((await fileVersion(path)) !== before) throw new EarsightError('EARSIGHT_INPUT_CHANGED', { path });
    },
  };
}

/**
 * @param durationSec from the packets, never from a header
 * @throws EARSIGHT_INPUT_TOO_LARGE, which names the gap without which the file would be short enough
 */
function assertDuration(path: string, durationSec: number, gap: Gap | null, limits: ExtractLimits): void {
  if (durationSec <= limits.durationSec) return;
  const limit = `${durationSec.toFixed(0)} s of ${limits.durationSec} s`;
  const gapSec = gap ? gap.endSec - gap.startSec : 0;
  throw new EarsightError('EARSIGHT_INPUT_TOO_LARGE', {
    path,
    limit:
      gap && durationSec - gapSec <= limits.durationSec
        ? `${limit}, because of a gap of ${gapSec.toFixed(0)} s without picture or sound at ${gap.startSec.toFixed(1)} s`
        : limit,
  });
}

function breakWarning({ atSec, jumpSec }: ClockBreak): Warning {
  const details = { jumpSec: jumpSec.toFixed(1), atSec: atSec.toFixed(1) };
  return warningOf('EARSIGHT_WARN_CLOCK', details, { startSec: atSec });
}

/** Size and modification time, to notice a file that is still being written. */
async function fileVersion(path: string): Promise<string> {
  try {
    const { size, mtimeMs } = await stat(path);
    return `${size} ${mtimeMs}`;
  } catch (error) {
    throw toEarsightError(error, path);
  }
}
