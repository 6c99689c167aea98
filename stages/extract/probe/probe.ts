import { z } from 'zod';
import { EarsightError } from '../../../core/errors.js';
import { MICROSECONDS, fromDecimalSeconds, instant, toSeconds, type Instant } from '../../../core/time.js';
import { fileTarget, SAFETY_OPTIONS, inputSafetyOptions } from '../ffmpeg/command.js';
import { runProcess } from '../ffmpeg/process.js';
import { failureReason, refusedPictureSize } from '../ffmpeg/failure-reason.js';

/** ffprobe reads some megabytes, which takes seconds on a slow disk. */
const PROBE_LIMIT_SEC = 60;
/** The fields below take about 500 bytes per stream. */
const MAX_ANSWER_BYTES = 8 * 2 ** 20;

const FIELDS = [
  'format=format_name,start_time,duration',
  'stream=index,codec_type,codec_name,width,height,sample_aspect_ratio,pix_fmt,color_transfer,r_frame_rate,avg_frame_rate',
  'stream=sample_rate,channels,channel_layout,sample_fmt,time_base',
  'program=program_id',
  'program_stream=index',
  'stream_disposition=default,attached_pic',
  'stream_tags=rotate',
  'stream_side_data=rotation',
].join(':');

/** The answer to FIELDS for one stream. ffprobe leaves out what it does not know. */
const probedStreamSchema = z.object({
  index: z.number().int().nonnegative(),
  codec_type: z.string().default('unknown'),
  codec_name: z.string().default('unknown'),
  width: z.number().int().optional(),
  height: z.number().int().optional(),
  sample_aspect_ratio: z.string().optional(),
  pix_fmt: z.string().optional(),
  color_transfer: z.string().optional(),
  r_frame_rate: z.string().default('0/0'),
  avg_frame_rate: z.string().default('0/0'),
  sample_rate: z.coerce.number().optional(),
  channels: z.number().int().optional(),
  channel_layout: z.string().optional(),
  sample_fmt: z.string().optional(),
  /** Seconds per tick of the time stamps. */
  time_base: z.string().default('1/90000'),
  disposition: z.object({ default: z.number(), attached_pic: z.number() }).partial().default({}),
  tags: z.object({ rotate: z.coerce.number().optional().catch(undefined) }).default({}),
  side_data_list: z.array(z.object({ rotation: z.coerce.number().optional().catch(undefined) })).default([]),
});
export type ProbedStream = z.infer<typeof probedStreamSchema>;

const probeSchema = z.object({
  streams: z.array(probedStreamSchema).default([]),
  programs: z.array(z.object({ streams: z.array(z.object({ index: z.number().int() })).default([]) })).default([]),
  format: z
    .object({ format_name: z.string(), start_time: z.string().optional(), duration: z.string().optional() })
    .optional(),
});

export interface Probe {
  readonly container: string;
  readonly streams: readonly ProbedStream[];
  /** The streams of each programme of a transport stream, by their indexes. */
  readonly programmes: readonly (readonly number[])[];
  /** The container's start, which a player shows at 0:00. A negative start is encoder delay, which lies before 0:00. */
  readonly start: Instant;
  /** The duration that the header claims, used for progress and for the limit only; null when it claims none. */
  readonly claimedSec: number | null;
}

/** No encoder delays its output by more: 4,096 samples at 8 kHz are half a second. */
const MAX_DELAY_SEC = 1;
/**
 * Containers whose clock has a fixed number of bits and wraps. libavformat counts a recording that begins shortly before the
 * wrap from a negative start.
 */
const WRAPPING = new Set(['mpegts', 'mpeg']);

/** Whether the container's negative start is encoder delay, which lies before the player's 0:00. */
export function hasEncoderDelay(demuxer: string, { start }: Pick<Probe, 'start'>): boolean {
  const startSec = toSeconds(start);
  return startSec < 0 && startSec >= -MAX_DELAY_SEC && !WRAPPING.has(demuxer);
}

interface ProbeRequest {
  readonly path: string;
  readonly demuxer: string;
  readonly signal: AbortSignal;
  readonly limitSec: number;
}

/**
 * Reads the container and stream headers of a file with ffprobe.
 * @throws EARSIGHT_INPUT_DAMAGED, _TOO_LARGE, _NO_STREAMS, EARSIGHT_FFMPEG_TIMEOUT, _MISSING, _FAILED, EARSIGHT_CANCELLED
 */
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
          if (answer.length > MAX_ANSWER_BYTES)
            throw new EarsightError('EARSIGHT_INPUT_DAMAGED', { path, reason: 'its header describes no sane file' });
        }
      },
    ],
  });
  const parsed = probeSchema.safeParse(parseJson(answer));
  if (outcome.exitCode !== 0 || !parsed.success || !parsed.data.format) {
    const size = refusedPictureSize(outcome.stderr);
    if (size !== null) throw new EarsightError('EARSIGHT_INPUT_TOO_LARGE', { path, limit: `a picture of ${size}` });
    const reason = failureReason(outcome.stderr) ?? 'ffprobe gave no answer';
    throw new EarsightError(outcome.exitCode === 0 ? 'EARSIGHT_FFMPEG_FAILED' : 'EARSIGHT_INPUT_DAMAGED', {
      path,
      reason,
    });
  }
  const { format, streams, programs } = parsed.data;
  if (streams.length === 0) throw new EarsightError('EARSIGHT_INPUT_NO_STREAMS', { path });
  const claimed = fromDecimalSeconds(format.duration ?? '');
  return {
    container: format.format_name,
    streams,
    programmes: programs.map((programme) => programme.streams.map(({ index }) => index)),
    start: fromDecimalSeconds(format.start_time ?? '') ?? instant(0, MICROSECONDS),
    claimedSec: claimed && claimed.ticks > 0 ? toSeconds(claimed) : null,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
