import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { geometryName } from '../../../models/encoders/encoder.js';
import { MICROSECONDS, compareInstants, instant, toSeconds } from '../../../core/time.js';
import type { Capabilities } from '../ffmpeg/capabilities.js';
import { composeArguments, fileTarget, type FfmpegOutput } from '../ffmpeg/command.js';
import type { ExtractParams } from '../params.js';
import { scaleTo, smallPicture, type ScaledPicture } from '../picture/picture-geometry.js';
import { pictureGraph, SMALL_COUNT_RATE } from '../picture/picture-graph.js';
import type { Probe } from '../probe/probe.js';
import { seekOptions, type PictureSpan } from '../shards/picture-span.js';
import { soundGraph } from '../sound/sound-graph.js';
import type { StoredFrames, StoredWave } from './stored-media.js';
import type { AudioTrack, VideoTrack } from '../probe/tracks.js';

/** More decoder threads bring little and each holds frames of its own. */
const MOST_THREADS = 8;

/** What ffmpeg writes to which descriptor; each is read by one consumer. */
export type PipeContent = 'clock' | 'small' | 'packets' | 'sums' | 'loudness';

export interface DecodePlan {
  readonly args: readonly string[];
  /** Contents of descriptors 3, 4, … in that order. */
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
  /** The part of the picture to decode; all of it without one. */
  readonly span?: PictureSpan;
  /** Read in place of the file, whose sound is uneven. */
  readonly even?: EvenSound;
}

/** The sound alone, at one rate, in a Matroska file of ours. */
export interface EvenSound {
  readonly path: string;
  /** Where on the time line its first sample lies. */
  readonly startSec: number;
}

/** The one ffmpeg command that decodes a file once and makes everything of the artefact. */
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
    const every = capabilities.everyFrameOnce;
    graphs.push(pictureGraph(video, small, frames, params.segment, span));
    // No pixel is encoded for the clock. Its base must be said, or ffmpeg rounds to a guessed frame rate.
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
    // How long a frame lasts is known to its packet alone; asked of the last frame only.
    if (!span?.end) toPipe('packets', 'framecrc', '-map', `0:${video.stream.index}`, '-c', 'copy');
    if (span) toPipe('sums', 'framecrc', '-map', '[sums]', '-c:v', 'rawvideo', ...every, ...exact);
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
    const track = request.even ? { ...audio, stream: { index: 0 } } : audio;
    graphs.push(soundGraph(track, waves, toPipe('loudness', '')));
    outputs.push({ options: ['-map', '[measured]'], format: 'null', target: '-' });
    waves.forEach(({ file }, i) =>
      outputs.push({
        options: ['-map', `[wave${i}]`, '-c:a', 'pcm_s16le'],
        format: 's16le',
        target: fileTarget(join(folder, file)),
      }),
    );
  }

  const { path, demuxer } = request.even ? { path: request.even.path, demuxer: 'matroska' } : request;
  const input = { path, demuxer, options: inputOptions(request) };
  return { args: composeArguments(input, graphs, outputs), pipes, small, frames, waves };
}

export function inputOptions({ params, probed, video, span, even }: DecodeRequest): string[] {
  const threads = String(Math.min(availableParallelism(), MOST_THREADS));
  // Slices of a picture as small as ours cost more to hand out than to scale.
  const options = ['-threads', threads, '-filter_complex_threads', '1', '-max_pixels', `${params.limits.pixels}`];
  // ffmpeg moves the container's start to 0. Where it lies before 0 (encoder delay), 0 itself is the player's 0:00.
  if (even) options.push('-itsoffset', even.startSec.toFixed(6));
  else if (span) options.push(...seekOptions(span, probed.start));
  else if (compareInstants(probed.start, instant(0, MICROSECONDS)) < 0)
    options.push('-itsoffset', toSeconds(probed.start).toFixed(6));
  // A picture that changes its size goes on through the same filters: the scaler adapts, the frame count goes on.
  if (video) options.push('-reinit_filter:v', '0');
  if (params.frameMode === 'keyframes') options.push('-skip_frame:v', 'nokey');
  return options;
}

function storedFrames(params: ExtractParams, video: VideoTrack): StoredFrames[] {
  const byName = new Map(params.geometries.map((geometry) => [geometryName(geometry), geometry]));
  return [...byName].map(([geometry, wanted]) => ({
    geometry,
    file: `frames-${geometry}.rgb`,
    picture: scaleTo(wanted, video),
  }));
}

function storedWaves(params: ExtractParams): StoredWave[] {
  return [...new Set(params.sampleRatesHz)].map((sampleRateHz) => ({ sampleRateHz, file: `wave-${sampleRateHz}.s16` }));
}
