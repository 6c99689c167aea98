import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { EarsightError, toEarsightError } from '../../pipeline/errors.js';
import { segmentGrid } from '../../pipeline/segments.js';
import type { Stage, StageContext } from '../../pipeline/stage.js';
import { MICROSECONDS, compareInstants, instant, toSeconds } from '../../pipeline/time.js';
import { createFrameMeter } from '../shots/measure/frame-meter.js';
import { decode, LOUDNESS_FILE, MOTION_FILE, MOTION_TIMES_FILE, type Decoded } from './decode.js';
import type { DecodeRequest } from './decode-plan.js';
import { ffmpegCapabilities } from './ffmpeg/capabilities.js';
import { assignFrames, compactFrames } from './frame-files.js';
import type { FrameMeter } from './frame-meter.js';
import { judge } from './judgement.js';
import { mediaInfoSchema, type MediaInfo } from './media-info.js';
import { extractParamsSchema, type ExtractParams } from './params.js';
import { probe } from './probe.js';
import { sniffContainer } from './sniff.js';
import { chooseTracks } from './tracks.js';

/**
 * Decodes a file once and writes everything later stages look at: see media-info.ts for the artefact and
 * docs/decisions/0003-timeline.md for the clock.
 */
export const extractStage: Stage<ExtractParams> = createExtractStage(createFrameMeter);

/** @param createMeter makes the meter that measures every decoded frame of one video */
export function createExtractStage(createMeter: () => FrameMeter): Stage<ExtractParams> {
  return {
    name: 'extract',
    version: 1,
    inputs: [],
    params: extractParamsSchema,
    resource: 'media',
    scratch: true,
    run: (context) => extract(context, createMeter),
  };
}

async function extract(context: StageContext<ExtractParams, unknown>, createMeter: () => FrameMeter): Promise<void> {
  const { params, signal, folder } = context;
  const path = resolve(context.source.path);
  if (signal.aborted) throw new EarsightError('EARSIGHT_CANCELLED');
  const before = await stateOf(path);
  const demuxer = await sniffContainer(path);
  const capabilities = await ffmpegCapabilities();
  const probed = await probe({ path, demuxer, signal, limitSec: params.stallSec });
  const tracks = chooseTracks(path, probed, params.limits, capabilities.decoders);
  const { video, audio } = tracks;

  let latestSec = 0;
  const onTime = (timeSec: number): void => {
    if (timeSec <= latestSec || probed.claimedSec === null) return;
    latestSec = timeSec;
    context.progress(Math.min(1, timeSec / probed.claimedSec));
  };
  const hooks = { signal, createMeter, onTime };
  let request: DecodeRequest = { path, demuxer, folder: resolve(folder), params, probed, video, audio, capabilities };
  let decoded = await decode(request, hooks);
  const warnings = [...tracks.warnings];
  // A track of which nothing can be decoded makes ffmpeg give up the other one early: that one deserves a run alone.
  if (decoded.outcome.exitCode !== 0 && video && audio && (decoded.picture === null) !== (decoded.sound === null)) {
    warnings.push(`nothing of the ${decoded.picture ? 'sound' : 'picture'} track could be decoded: it is left out`);
    request = { ...request, video: decoded.picture && video, audio: decoded.sound && audio };
    decoded = await decode(request, hooks);
  }
  const durationSec = Math.max(decoded.picture?.endSec ?? 0, decoded.sound?.endSec ?? 0);
  warnings.push(...judge(request, decoded, durationSec));
  if ((await stateOf(path)) !== before) throw new EarsightError('EARSIGHT_INPUT_CHANGED', { path });

  const info = await finish(request, decoded, durationSec, warnings);
  await removeUnlisted(folder, info);
  await writeFile(join(folder, 'media.json'), `${JSON.stringify(mediaInfoSchema.parse(info))}\n`);
  for (const warning of warnings) context.warn(warning);
  context.progress(1);
}

/** Which stored frame belongs to which segment, and the index of it all. */
async function finish(
  request: DecodeRequest,
  { plan, picture, sound }: Decoded,
  durationSec: number,
  warnings: string[],
): Promise<MediaInfo> {
  const { folder, params, probed, video, audio } = request;
  const { segment } = params;
  const duration = instant(Math.round(durationSec * MICROSECONDS.den), MICROSECONDS);
  const { count } = segmentGrid(duration, instant(segment.num, { num: 1, den: segment.den }));
  const { timesSec, segmentFrame, kept } = assignFrames(picture?.grid ?? { timesSec: [], shown: [] }, count);
  await compactFrames(folder, plan.frames, kept);
  const begin = instant(0, MICROSECONDS);
  return {
    schema: 1,
    container: probed.container,
    durationSec,
    originSec: compareInstants(probed.start, begin) > 0 ? toSeconds(probed.start) : 0,
    frameMode: params.frameMode,
    segmentSec: segment.num / segment.den,
    video: picture &&
      video && {
        codec: video.stream.codec_name,
        width: video.width,
        height: video.height,
        rotationDegrees: video.rotationDegrees,
        sampleAspect: video.sampleAspect,
        averageFrameRate: video.stream.avg_frame_rate,
        variableFrameRate:
          params.frameMode === 'all' ? picture.variable : video.stream.avg_frame_rate !== video.stream.r_frame_rate,
        decodedFrames: picture.frames,
        startSec: picture.startSec,
        endSec: picture.endSec,
      },
    audio: sound &&
      audio && {
        codec: audio.stream.codec_name,
        sampleRateHz: audio.sampleRateHz,
        channels: audio.channels,
        tracks: audio.tracks,
        endSec: sound.endSec,
        integratedLufs: sound.integratedLufs,
        loudnessRangeLu: sound.rangeLu,
        truePeakDbtp: sound.truePeakDbtp,
      },
    frameTimesSec: [...timesSec],
    segmentFrame: [...segmentFrame],
    frames: picture
      ? plan.frames.map(({ geometry, file, picture: { width, height } }) => ({ geometry, file, width, height }))
      : [],
    waves: sound ? sound.waves.map(({ sampleRateHz, file, samples }) => ({ sampleRateHz, file, samples })) : [],
    motion: picture && {
      file: MOTION_FILE,
      timesFile: MOTION_TIMES_FILE,
      columns: [...picture.columns],
      rows: picture.rows,
    },
    loudness: sound && { file: LOUDNESS_FILE, rows: sound.loudnessRows },
    warnings,
  };
}

/** Drops the empty files of a track that gave nothing. */
async function removeUnlisted(folder: string, { frames, waves, motion, loudness }: MediaInfo): Promise<void> {
  const listed = new Set([...frames, ...waves].map(({ file }) => file));
  for (const name of [motion?.file, motion?.timesFile, loudness?.file]) if (name !== undefined) listed.add(name);
  for (const name of await readdir(folder)) if (!listed.has(name)) await rm(join(folder, name));
}

/** Size and time of the last change, to notice a file that is still being written. */
async function stateOf(path: string): Promise<string> {
  try {
    const { size, mtimeMs } = await stat(path);
    return `${size} ${mtimeMs}`;
  } catch (error) {
    throw toEarsightError(error, path);
  }
}
