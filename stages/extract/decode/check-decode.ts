import { EarsightError } from '../../../core/errors.js';
import { toSeconds } from '../../../core/time.js';
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
export function checkDecode(request: DecodeRequest, decoded: Decoded, durationSec: number): string[] {
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

  const warnings: string[] = [];
  if (outcome.stderrTotal > 0)
    warnings.push(`the decoder complained ${outcome.stderrTotal} times, at last: ${reason ?? outcome.stderr.at(-1)}`);
  if (video && !picture) warnings.push(`no frame of the picture track (${video.stream.codec_name}) could be decoded`);
  if (audio && !sound) warnings.push(`nothing of the sound track (${audio.stream.codec_name}) could be decoded`);
  // Some containers count their duration from the zero of their clock, others from their first frame.
  const claimed = probed.claimedSec && probed.claimedSec - Math.max(0, toSeconds(probed.start));
  if (claimed !== null && claimed - durationSec > Math.max(TOLERATED_SEC, claimed * TOLERATED_SHARE))
    warnings.push(`the header claims ${claimed.toFixed(2)} s, ${durationSec.toFixed(2)} s could be decoded`);
  if (picture && durationSec - picture.endSec > TOLERATED_SEC)
    warnings.push(`the picture ends at ${picture.endSec.toFixed(2)} s: its last frame holds to the end`);
  if (picture && picture.rows < picture.frames)
    warnings.push(`${picture.frames - picture.rows} frames have a time but no picture`);
  const curve = video?.stream.color_transfer;
  if (picture && curve !== undefined && HDR_CURVES.has(curve))
    warnings.push(`the picture is HDR (${curve}) and is not tone-mapped: colours are duller than on a screen`);
  return warnings;
}
