import { EarsightError } from '../../../core/errors.js';
import { MICROSECONDS, fromDecimalSeconds, instant, toSeconds, type Instant } from '../../../core/time.js';
import { fileTarget, SAFETY_OPTIONS, inputSafetyOptions } from '../ffmpeg/command.js';
import { runProcess } from '../ffmpeg/process.js';
import { failureReason, refusedPictureSize } from '../ffmpeg/failure-reason.js';
import { probeSchema, type ProbedStream } from './probed-stream.js';

/** ffprobe reads some megabytes; on a slow disk that takes seconds. */
const PROBE_LIMIT_SEC = 60;
/** What is asked for is some 500 bytes a stream. */
const ANSWER_BYTES = 8 * 2 ** 20;

const FIELDS = [
  'format=format_name,start_time,duration',
  'stream=index,codec_type,codec_name,width,height,sample_aspect_ratio,pix_fmt,color_transfer,r_frame_rate,avg_frame_rate',
  'stream=sample_rate,channels,time_base',
  'stream_disposition=default,attached_pic',
  'stream_tags=rotate',
  'stream_side_data=rotation',
].join(':');

export interface Probe {
  readonly container: string;
  readonly streams: readonly ProbedStream[];
  /** The container clock at the player's 0:00; negative starts (encoder delay) belong before it. */
  readonly start: Instant;
  /** What the header claims, for the progress bar and the limit only; null when it claims nothing. */
  readonly claimedSec: number | null;
}

export interface ProbeRequest {
  readonly path: string;
  readonly demuxer: string;
  readonly signal: AbortSignal;
  readonly limitSec: number;
}

/** @throws EARSIGHT_INPUT_DAMAGED, _TOO_LARGE, _NO_STREAMS, EARSIGHT_FFMPEG_TIMEOUT, _MISSING, _FAILED, EARSIGHT_CANCELLED */
export async function probe({ path, demuxer, signal, limitSec }: ProbeRequest): Promise<Probe> {
  let answer = '';
  const outcome = await runProcess({
    program: 'ffprobe',
    args: [
      ...SAFETY_OPTIONS,
      ...inputSafetyOptions(demuxer),
      '-show_entries',
      FIELDS,
      '-of',
      'json',
      '-i',
      fileTarget(path),
    ],
    path,
    signal,
    wallClockSec: Math.min(limitSec, PROBE_LIMIT_SEC),
    stallSec: null,
    pipes: [
      async (chunks) => {
        for await (const chunk of chunks) {
          answer += chunk.toString('utf8');
          if (answer.length > ANSWER_BYTES)
            throw new EarsightError('EARSIGHT_INPUT_DAMAGED', { path, reason: 'its header describes no sane file' });
        }
      },
    ],
  });
  const parsed = probeSchema.safeParse(asJson(answer));
  if (outcome.exitCode !== 0 || !parsed.success || !parsed.data.format) {
    const size = refusedPictureSize(outcome.stderr);
    if (size !== null) throw new EarsightError('EARSIGHT_INPUT_TOO_LARGE', { path, limit: `a picture of ${size}` });
    const reason = failureReason(outcome.stderr) ?? 'ffprobe gave no answer';
    throw new EarsightError(outcome.exitCode === 0 ? 'EARSIGHT_FFMPEG_FAILED' : 'EARSIGHT_INPUT_DAMAGED', {
      path,
      reason,
    });
  }
  const { format, streams } = parsed.data;
  if (streams.length === 0) throw new EarsightError('EARSIGHT_INPUT_NO_STREAMS', { path });
  const claimed = fromDecimalSeconds(format.duration ?? '');
  return {
    container: format.format_name,
    streams,
    start: fromDecimalSeconds(format.start_time ?? '') ?? instant(0, MICROSECONDS),
    claimedSec: claimed && claimed.ticks > 0 ? toSeconds(claimed) : null,
  };
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
