import { EarsightError } from '../../../core/errors.js';
import type { ExtractLimits } from '../params.js';
import type { Probe } from './probe.js';
import type { ProbedStream } from './probed-stream.js';
import { uprightPicture, type UprightPicture } from './upright-picture.js';

export interface VideoTrack extends UprightPicture {
  readonly stream: ProbedStream;
}

export interface AudioTrack {
  readonly stream: ProbedStream;
  readonly sampleRateHz: number;
  readonly channels: number;
  /** How many sound tracks the file has. */
  readonly tracks: number;
}

export interface ChosenTracks {
  readonly video: VideoTrack | null;
  readonly audio: AudioTrack | null;
  readonly warnings: readonly string[];
}

/**
 * The picture and the sound that a player would show: of each kind the first track marked as default, else the first,
 * among those this ffmpeg can decode. Cover art is no picture track.
 *
 * @throws EARSIGHT_INPUT_TOO_LARGE, EARSIGHT_FFMPEG_CODEC, EARSIGHT_INPUT_NO_STREAMS, EARSIGHT_INPUT_DAMAGED
 */
export function chooseTracks(
  path: string,
  probed: Probe,
  limits: ExtractLimits,
  decoders: ReadonlySet<string>,
): ChosenTracks {
  refuse(path, probed.streams.length > limits.streams, `${probed.streams.length} streams of ${limits.streams}`);
  const { claimedSec } = probed;
  if (claimedSec !== null)
    refuse(path, claimedSec > limits.durationSec, `${claimedSec.toFixed(0)} s of ${limits.durationSec} s`);

  const videos = probed.streams.filter((s) => s.codec_type === 'video' && s.disposition.attached_pic !== 1);
  const audios = probed.streams.filter((s) => s.codec_type === 'audio');
  if (videos.length + audios.length === 0) throw new EarsightError('EARSIGHT_INPUT_NO_STREAMS', { path });
  const known = (s: ProbedStream): boolean => decoders.has(s.codec_name);
  const missing = [...videos, ...audios].filter((s) => !known(s)).map((s) => s.codec_name);
  const videoStream = best(videos.filter(known), pictureIsKnown);
  const audioStream = best(audios.filter(known), soundIsKnown);
  if (!videoStream && !audioStream)
    throw new EarsightError('EARSIGHT_FFMPEG_CODEC', { path, codec: missing.join(', ') });

  const warnings = [...new Set(missing)].map((codec) => `this ffmpeg cannot decode ${codec}: that track is left out`);
  const video = videoStream && pictureIsKnown(videoStream) ? videoTrack(path, videoStream, limits) : null;
  const audio = audioStream && soundIsKnown(audioStream) ? audioTrack(path, audioStream, audios.length, limits) : null;
  if (videoStream && !video) warnings.push(`the picture track (${videoStream.codec_name}) has no picture size`);
  if (audioStream && !audio) warnings.push(`the sound track (${audioStream.codec_name}) has no sample rate`);
  if (!video && !audio)
    throw new EarsightError('EARSIGHT_INPUT_DAMAGED', { path, reason: warnings.at(-1) ?? 'no usable track' });
  return { video, audio, warnings };
}

function videoTrack(path: string, stream: ProbedStream, limits: ExtractLimits): VideoTrack {
  const { width = 0, height = 0 } = stream;
  refuse(path, width * height > limits.pixels, `${width} × ${height} of ${limits.pixels} pixels`);
  return { stream, ...uprightPicture(stream) };
}

function audioTrack(path: string, stream: ProbedStream, tracks: number, limits: ExtractLimits): AudioTrack {
  const { sample_rate: sampleRateHz = 0, channels = 0 } = stream;
  refuse(path, sampleRateHz > limits.sampleRateHz, `${sampleRateHz} of ${limits.sampleRateHz} samples a second`);
  refuse(path, channels > limits.channels, `${channels} channels of ${limits.channels}`);
  return { stream, sampleRateHz, channels, tracks };
}

function refuse(path: string, over: boolean, limit: string): void {
  if (over) throw new EarsightError('EARSIGHT_INPUT_TOO_LARGE', { path, limit });
}

/** Of tracks that are otherwise equal, one whose first frames ffprobe could decode comes before one it could not. */
function best(streams: readonly ProbedStream[], known: (s: ProbedStream) => boolean): ProbedStream | undefined {
  const usable = streams.filter(known);
  const sound = usable.filter((s) => s.codec_type !== 'video' || s.pix_fmt !== undefined);
  const candidates = sound.length > 0 ? sound : usable;
  return candidates.find((s) => s.disposition.default === 1) ?? candidates[0] ?? streams[0];
}

function pictureIsKnown({ width = 0, height = 0 }: ProbedStream): boolean {
  return width > 0 && height > 0;
}

function soundIsKnown({ sample_rate = 0, channels = 0 }: ProbedStream): boolean {
  return sample_rate > 0 && channels > 0;
}
