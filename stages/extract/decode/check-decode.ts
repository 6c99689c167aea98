import { EarsightError } from '../../../core/errors.js';
import { warningOf, type Warning } from '../../../core/warnings.js';
import { toSeconds } from '../../../core/time.js';
import type { OpposedSpan } from '../sound/channel-balance.js';
import type { Decoded } from './decode.js';
import type { DecodeRequest } from './decode-plan.js';
import { failureReason } from '../ffmpeg/failure-reason.js';

/** A header may round, and a stream may end a little early. A difference above both of these gives a warning. */
const TOLERATED_SEC = 1;
const TOLERATED_SHARE = 0.02;
/** HDR transfer functions: without tone mapping their pictures look dull (SMPTE ST 2084, ARIB STD-B67). */
const HDR_CURVES = new Set(['smpte2084', 'arib-std-b67']);

/**
 * Decides whether the output of a decode is usable.
 * @returns warnings for the record
 * @throws EARSIGHT_DISK_FULL, EARSIGHT_FFMPEG_CODEC, EARSIGHT_FFMPEG_FAILED, EARSIGHT_INPUT_DAMAGED
 */
export function checkDecode(request: DecodeRequest, decoded: Decoded, durationSec: number): Warning[] {
  const { path, video, audio, probed } = request;
  const { outcome, ended, picture, sound } = decoded;
  const reason = failureReason(outcome.stderr);
  if (outcome.stderr.some((line) => /No space left on device|Disk quota exceeded/.test(line)))
    throw new EarsightError('EARSIGHT_DISK_FULL', { path: request.folder });
  if (outcome.killedBy)
    throw new EarsightError('EARSIGHT_FFMPEG_FAILED', { path, reason: `it was ended by ${outcome.killedBy}` });
  if (outcome.exitCode === 0 && !ended)
    throw new EarsightError('EARSIGHT_FFMPEG_FAILED', { path, reason: 'it stopped before it was done' });
  if (!picture && !sound)
    throw new EarsightError('EARSIGHT_INPUT_DAMAGED', { path, reason: reason ?? 'no frame and no sample came out' });

  const warnings: Warning[] = [];
  if (outcome.stderrTotal > 0)
    warnings.push(
      warningOf('EARSIGHT_WARN_DECODER', {
        times: outcome.stderrTotal,
        reason: reason ?? outcome.stderr.at(-1) ?? 'unknown',
      }),
    );
  if (video && !picture) warnings.push(trackLost('picture', video.stream.codec_name));
  if (audio && !sound) warnings.push(trackLost('sound', audio.stream.codec_name));
  // Some containers count their duration from the zero of their clock, others from their first frame.
  const claimed = probed.claimedSec && probed.claimedSec - Math.max(0, toSeconds(probed.start));
  if (
    !request.clock?.breaks.length &&
    claimed !== null &&
    claimed - durationSec > Math.max(TOLERATED_SEC, claimed * TOLERATED_SHARE)
  )
    warnings.push(
      warningOf(
        'EARSIGHT_WARN_SHORT',
        { claimedSec: claimed.toFixed(2), decodedSec: durationSec.toFixed(2) },
        { startSec: durationSec },
      ),
    );
  if (picture && durationSec - picture.endSec > TOLERATED_SEC)
    warnings.push(
      warningOf(
        'EARSIGHT_WARN_PICTURE_ENDS',
        { endSec: picture.endSec.toFixed(2) },
        { startSec: picture.endSec, endSec: durationSec },
      ),
    );
  if (picture && picture.rows < picture.frames)
    warnings.push(warningOf('EARSIGHT_WARN_FRAMES_LOST', { frames: picture.frames - picture.rows }));
  for (const { startSec, endSec } of (sound && request.clock?.soundGaps) ?? [])
    warnings.push(
      warningOf(
        'EARSIGHT_WARN_GAP',
        { gapSec: (endSec - startSec).toFixed(1), atSec: startSec.toFixed(1) },
        { startSec, endSec },
      ),
    );
  if (sound?.bad) {
    const { count, startSec, endSec } = sound.bad;
    warnings.push(warningOf('EARSIGHT_WARN_SAMPLES', { count }, { startSec, endSec }));
  }
  if (sound && sound.opposed.length > 0) warnings.push(opposedWarning(sound.opposed));
  const curve = video?.stream.color_transfer;
  if (picture && curve !== undefined && HDR_CURVES.has(curve)) warnings.push(warningOf('EARSIGHT_WARN_HDR', { curve }));
  return warnings;
}

/** One warning for all stretches, from the first to the last one. */
function opposedWarning(spans: readonly OpposedSpan[]): Warning {
  const seconds = spans.reduce((sum, { startSec, endSec }) => sum + endSec - startSec, 0).toFixed(1);
  const startSec = Math.min(...spans.map((span) => span.startSec));
  const endSec = Math.max(...spans.map((span) => span.endSec));
  return warningOf('EARSIGHT_WARN_OPPOSED', { seconds }, { startSec, endSec });
}

function trackLost(track: 'picture' | 'sound', codec: string): Warning {
  return warningOf('EARSIGHT_WARN_TRACK_LOST', { track, codec });
}
