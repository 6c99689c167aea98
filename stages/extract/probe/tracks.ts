import { EarsightError } from '../../../core/errors.js';
import { parseRational } from '../../../core/time.js';
import { warningMessage, warningOf, type Warning } from '../../../core/warnings.js';
import type { ExtractLimits } from '../params.js';
import type { Probe, ProbedStream } from './probe.js';

/** Real pixel aspects lie between 1:2 and 2:1. One far outside comes from a broken header, and players ignore it. */
const MAX_PIXEL_ASPECT = 8;

interface UprightPicture {
  /** Size as displayed: upright and in square pixels (the height stays, the width is stretched). */
  readonly width: number;
  readonly height: number;
  /** Clockwise rotation from the stored to the upright picture, 0 to 359. */
  readonly rotationDegrees: number;
  readonly sampleAspect: string;
  /** Upright size in pixels as they are stored. */
  readonly stored: { readonly width: number; readonly height: number };
}

export interface VideoTrack extends UprightPicture {
  readonly stream: ProbedStream;
}

export interface AudioTrack {
  readonly stream: ProbedStream;
  readonly sampleRateHz: number;
  readonly channels: number;
  /** Number of sound tracks in the file. */
  readonly tracks: number;
}

interface ChosenTracks {
  readonly video: VideoTrack | null;
  readonly audio: AudioTrack | null;
  readonly warnings: readonly Warning[];
}

/**
 * Chooses the picture and the sound track that a player would play: of each kind the first track marked as default, or
 * else the first one, among those that this ffmpeg can decode. Cover art does not count as a picture track.
 *
 * @throws EARSIGHT_INPUT_TOO_LARGE, EARSIGHT_FFMPEG_CODEC, EARSIGHT_INPUT_NO_STREAMS, EARSIGHT_INPUT_DAMAGED
 */
export function chooseTracks(
  path: string,
  probed: Probe,
  limits: ExtractLimits,
  decoders: ReadonlySet<string>,
): ChosenTracks {
  const videos = probed.streams.filter((s) => s.codec_type === 'video' && s.disposition.attached_pic !== 1);
  const audios = probed.streams.filter((s) => s.codec_type === 'audio');
  const streams = videos.length + audios.length;
  assertWithin(path, streams > limits.streams, `${streams} streams of ${limits.streams}`);
  if (streams === 0) throw new EarsightError('EARSIGHT_INPUT_NO_STREAMS', { path });
  const canDecode = (s: ProbedStream): boolean => decoders.has(s.codec_name);
  const missing = [...videos, ...audios].filter((s) => !canDecode(s)).map((s) => s.codec_name);
  const videoStream = best(videos.filter(canDecode), hasPictureSize);
  const beside = audios.filter(canDecode).filter((s) => isBeside(probed, videoStream, s));
  const audioStream = best(beside, hasSampleRate);
  if (!videoStream && !audioStream)
    throw new EarsightError('EARSIGHT_FFMPEG_CODEC', { path, codec: missing.join(', ') });

  const warnings = [...new Set(missing)].map((codec) => warningOf('EARSIGHT_WARN_CODEC', { codec }));
  const video = videoStream && hasPictureSize(videoStream) ? videoTrack(path, videoStream, limits) : null;
  const audio = audioStream && hasSampleRate(audioStream) ? audioTrack(path, audioStream, audios.length, limits) : null;
  if (videoStream && !video) warnings.push(warningOf('EARSIGHT_WARN_PICTURE_SIZE', { codec: videoStream.codec_name }));
  if (audios.some(canDecode) && beside.length === 0) warnings.push(warningOf('EARSIGHT_WARN_PROGRAMME'));
  if (audioStream && !audio) warnings.push(warningOf('EARSIGHT_WARN_SAMPLE_RATE', { codec: audioStream.codec_name }));
  if (!video && !audio) {
    const last = warnings.at(-1);
    throw new EarsightError('EARSIGHT_INPUT_DAMAGED', {
      path,
      reason: last ? warningMessage(last) : 'no usable track',
    });
  }
  return { video, audio, warnings };
}

/**
 * Whether the sound belongs to the picture: a transport stream may carry several programmes, and the sound of another
 * programme is not that of the picture. A stream that no programme lists belongs to all of them.
 */
function isBeside({ programmes }: Probe, video: ProbedStream | undefined, audio: ProbedStream): boolean {
  if (!video) return true;
  const withVideo = programmes.filter((streams) => streams.includes(video.index));
  const withAudio = programmes.filter((streams) => streams.includes(audio.index));
  if (withVideo.length === 0 || withAudio.length === 0) return true;
  return withVideo.some((streams) => streams.includes(audio.index));
}

function videoTrack(path: string, stream: ProbedStream, limits: ExtractLimits): VideoTrack {
  const { width = 0, height = 0 } = stream;
  assertWithin(path, width * height > limits.pixels, `${width} × ${height} of ${limits.pixels} pixels`);
  return { stream, ...uprightPicture(stream) };
}

function audioTrack(path: string, stream: ProbedStream, tracks: number, limits: ExtractLimits): AudioTrack {
  const { sample_rate: sampleRateHz = 0, channels = 0 } = stream;
  assertWithin(path, sampleRateHz > limits.sampleRateHz, `${sampleRateHz} of ${limits.sampleRateHz} samples a second`);
  assertWithin(path, channels > limits.channels, `${channels} channels of ${limits.channels}`);
  return { stream, sampleRateHz, channels, tracks };
}

/** @throws EARSIGHT_INPUT_TOO_LARGE when `over` */
function assertWithin(path: string, over: boolean, limit: string): void {
  if (over) throw new EarsightError('EARSIGHT_INPUT_TOO_LARGE', { path, limit });
}

/** Tracks whose first frames ffprobe could decode (they have a pixel format) come before those it could not. */
function best(streams: readonly ProbedStream[], usableStream: (s: ProbedStream) => boolean): ProbedStream | undefined {
  const usable = streams.filter(usableStream);
  const decodable = usable.filter((s) => s.codec_type !== 'video' || s.pix_fmt !== undefined);
  const candidates = decodable.length > 0 ? decodable : usable;
  return candidates.find((s) => s.disposition.default === 1) ?? candidates[0] ?? streams[0];
}

function hasPictureSize({ width = 0, height = 0 }: ProbedStream): boolean {
  return width > 0 && height > 0;
}

function hasSampleRate({ sample_rate = 0, channels = 0 }: ProbedStream): boolean {
  return sample_rate > 0 && channels > 0;
}

/** ffmpeg rotates the picture before our filters see it; this predicts the result. */
function uprightPicture(stream: ProbedStream): UprightPicture {
  const { width = 1, height = 1 } = stream;
  const fromMatrix = stream.side_data_list.find((data) => data.rotation !== undefined)?.rotation;
  // The display matrix counts anticlockwise, the old `rotate` tag clockwise.
  const clockwise = fromMatrix !== undefined ? -fromMatrix : (stream.tags.rotate ?? 0);
  const rotationDegrees = ((Math.round(clockwise) % 360) + 360) % 360;
  const quarterTurn = rotationDegrees === 90 || rotationDegrees === 270;
  const aspect = pixelAspect(stream.sample_aspect_ratio);
  const stretch = quarterTurn ? aspect.den / aspect.num : aspect.num / aspect.den;
  const [turnedWidth, turnedHeight] = quarterTurn ? [height, width] : [width, height];
  return {
    width: Math.max(1, Math.round(turnedWidth * stretch)),
    height: turnedHeight,
    stored: { width: turnedWidth, height: turnedHeight },
    rotationDegrees,
    sampleAspect: `${aspect.num}:${aspect.den}`,
  };
}

function pixelAspect(text: string | undefined): { num: number; den: number } {
  const aspect = parseRational(text ?? '');
  if (!aspect || aspect.num <= 0) return { num: 1, den: 1 };
  const ratio = aspect.num / aspect.den;
  return ratio > MAX_PIXEL_ASPECT || ratio < 1 / MAX_PIXEL_ASPECT ? { num: 1, den: 1 } : aspect;
}
