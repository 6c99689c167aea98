import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { toSeconds } from '../../../core/time.js';
import type { Capabilities } from '../ffmpeg/capabilities.js';
import { composeArguments, fileTarget, type FfmpegInput, type FfmpegOutput } from '../ffmpeg/command.js';
import type { ExtractParams } from '../params.js';
import { smallPicture, type ScaledPicture } from '../picture/picture-geometry.js';
import { pictureGraph, SMALL_COUNT_RATE, storedFrames, type StoredFrames } from '../picture/picture-graph.js';
import { pictureCuts } from '../timeline/picture-cuts.js';
import { hasEncoderDelay, type Probe } from '../probe/probe.js';
import { seekOptions, type PictureSpan } from '../shards/picture-span.js';
import {
  hasComparableChannels,
  soundGraph,
  storedWaves,
  type ResampledSound,
  type StoredWave,
} from '../sound/sound-graph.js';
import type { AudioTrack, VideoTrack } from '../probe/tracks.js';
import type { ClockReport } from '../timeline/clock-survey.js';

/** More decoder threads bring little, and each thread holds frames of its own. */
const MAX_THREADS = 8;

/**
 * What ffmpeg writes to a pipe:
 * - `clock`: the time of every decoded frame;
 * - `small`: every decoded frame, reduced, for measurements;
 * - `packets`: the times and durations of the packets;
 * - `checksums`: time, size and checksum of the frames around the ends of a span;
 * - `loudness`: EBU R128 readings;
 * - `channels`: the samples of all channels, to find those in antiphase.
 */
export type PipeContent = 'clock' | 'small' | 'packets' | 'checksums' | 'loudness' | 'channels';

export interface DecodePlan {
  readonly args: readonly string[];
  /** Contents of the file descriptors 3, 4, … in that order. */
  readonly pipes: readonly PipeContent[];
  readonly small: ScaledPicture | null;
  readonly frames: readonly StoredFrames[];
  readonly waves: readonly StoredWave[];
}

export interface DecodeRequest {
  readonly path: string;
  readonly demuxer: string;
  readonly folder: string;
  readonly params: ExtractParams;
  readonly probed: Probe;
  readonly video: VideoTrack | null;
  readonly audio: AudioTrack | null;
  readonly capabilities: Capabilities;
  /** What the times of the packets say; null where that is not known or nothing is odd about a part. */
  readonly clock: ClockReport | null;
  /** The part of the picture to decode. Without it the whole picture is decoded. */
  readonly span?: PictureSpan;
  /** Read in place of the file when the format of its sound changes. */
  readonly resampled?: ResampledSound;
}

/** Plans the single ffmpeg command that decodes the file once and writes all raw data of the artefact. */
export function planDecode(request: DecodeRequest): DecodePlan {
  const { params, video, audio, folder, capabilities, span } = request;
  const pipes: PipeContent[] = [];
  const outputs: FfmpegOutput[] = [];
  const graphs: string[] = [];
  const toPipe = (content: PipeContent, format: string, ...options: string[]): string => {
    const target = `pipe:${pipes.push(content) + 2}`;
    if (format !== '') outputs.push({ options, format, target });
    return target;
  };

  const small = video && smallPicture(video);
  const frames = video ? storedFrames(params, video) : [];
  if (video && small) {
    const every = capabilities.passthroughOptions;
    const offsets = request.clock?.offsetsSec?.get(video.stream.index) ?? null;
    const cuts = pictureCuts(request.clock?.pictureGaps ?? [], params.segment);
    const times = { segment: params.segment, offsets, cuts, ...(span ? { span } : {}) };
    graphs.push(pictureGraph(video, small, frames, times));
    // The clock encodes no pixels. Its time base is given because ffmpeg would round to a guessed frame rate.
    const exact = ['-enc_time_base', video.stream.time_base.replace('/', ':')];
    toPipe('clock', 'framecrc', '-map', '[clock]', '-c:v', 'wrapped_avframe', ...every, ...exact);
    toPipe(
      'small',
      'rawvideo',
      '-map',
      '[small]',
      '-c:v',
      'rawvideo',
      ...every,
      '-enc_time_base',
      `1:${SMALL_COUNT_RATE}`,
    );
    // Only the packet knows how long a frame lasts. The duration is needed for the last frame of the picture alone.
    if (!span?.end && offsets === null) toPipe('packets', 'framecrc', '-map', `0:${video.stream.index}`, '-c', 'copy');
    if (span) toPipe('checksums', 'framecrc', '-map', '[checksums]', '-c:v', 'rawvideo', ...every, ...exact);
    frames.forEach(({ file }, i) =>
      outputs.push({
        options: ['-map', `[frames${i}]`, '-c:v', 'rawvideo', ...every],
        format: 'rawvideo',
        target: fileTarget(join(folder, file)),
      }),
    );
  }

  const waves = audio ? storedWaves(params) : [];
  if (audio) {
    const channels = hasComparableChannels(audio);
    graphs.push(soundGraph(audio, waves, { loudness: toPipe('loudness', ''), channels }, request));
    if (channels) toPipe('channels', 's16le', '-map', '[channels]', '-c:a', 'pcm_s16le');
    outputs.push({ options: ['-map', '[measured]'], format: 'null', target: '-' });
    waves.forEach(({ file }, i) =>
      outputs.push({
        options: ['-map', `[wave${i}]`, '-c:a', 'pcm_s16le'],
        format: 's16le',
        target: fileTarget(join(folder, file)),
      }),
    );
  }

  return { args: composeArguments(inputOf(request), graphs, outputs), pipes, small, frames, waves };
}

/** The file that ffmpeg reads for a request: the source, or its resampled sound. */
export function inputOf(request: DecodeRequest): FfmpegInput {
  const { path, demuxer } = request.resampled ?? request;
  return { path, demuxer, options: inputOptions(request) };
}

/** Options that stand before ffmpeg's input. */
function inputOptions({ params, demuxer, probed, video, span, resampled, clock }: DecodeRequest): string[] {
  const threads = String(Math.min(availableParallelism(), MAX_THREADS));
  // For pictures this small, distributing slices to filter threads costs more than scaling them.
  const options = ['-threads', threads, '-filter_complex_threads', '1', '-max_pixels', `${params.limits.pixels}`];
  // ffmpeg moves the container's start to 0. A clock that jumps is corrected by our filters instead. A start before 0 is encoder delay: the player's 0:00 is then the container's 0.
  if (resampled) options.push('-itsoffset', resampled.startSec.toFixed(6));
  else if (clock?.offsetsSec) options.push('-copyts');
  else if (span) options.push(...seekOptions(span, probed.start));
  else if (hasEncoderDelay(demuxer, probed)) options.push('-itsoffset', toSeconds(probed.start).toFixed(6));
  // When the picture changes its size the filters stay: the scaler adapts and the frame count continues.
  if (video) options.push('-reinit_filter:v', '0');
  if (params.frameMode === 'keyframes') options.push('-skip_frame:v', 'nokey');
  return options;
}
