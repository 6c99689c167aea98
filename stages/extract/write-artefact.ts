import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { segmentGrid } from '../../core/segments.js';
import { MICROSECONDS, compareInstants, instant, toSeconds } from '../../core/time.js';
import type { Warning } from '../../core/warnings.js';
import { LOUDNESS_FILE, MOTION_FILE, MOTION_TIMES_FILE, type Decoded } from './decode/decode.js';
import type { DecodeRequest } from './decode/decode-plan.js';
import { assignFrames, compactFrames } from './timeline/frame-files.js';
import { mediaInfoSchema, type MediaInfo } from './media-info.js';
import { isVariableFrameRate } from './timeline/picture-clock.js';

/** Turns the raw files that a decode wrote into an extract artefact: see media-info.ts. */
export async function writeArtefact(
  request: DecodeRequest,
  decoded: Decoded,
  durationSec: number,
  warnings: readonly Warning[],
): Promise<void> {
  const info = await createMediaInfo(request, decoded, durationSec, warnings);
  await removeUnlisted(request.folder, info);
  await writeFile(join(request.folder, 'media.json'), `${JSON.stringify(mediaInfoSchema.parse(info))}\n`);
}

/** Assigns stored frames to segments, drops duplicate frames, and describes the result. */
async function createMediaInfo(
  request: DecodeRequest,
  { plan, picture, sound }: Decoded,
  durationSec: number,
  warnings: readonly Warning[],
): Promise<MediaInfo> {
  const { folder, params, probed, video, audio } = request;
  const { segment } = params;
  const duration = instant(Math.round(durationSec * MICROSECONDS.den), MICROSECONDS);
  const { count } = segmentGrid(duration, instant(segment.num, { num: 1, den: segment.den }));
  const { timesSec, segmentFrame, kept } = assignFrames(
    picture?.grid ?? { timesSec: [], shown: [] },
    count,
    picture?.cuts,
  );
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
          params.frameMode === 'all'
            ? isVariableFrameRate(picture.gaps)
            : video.stream.avg_frame_rate !== video.stream.r_frame_rate,
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
    warnings: [...warnings],
  };
}

/** Removes the empty files of a track of which nothing could be decoded. */
async function removeUnlisted(folder: string, { frames, waves, motion, loudness }: MediaInfo): Promise<void> {
  const listed = new Set([...frames, ...waves].map(({ file }) => file));
  for (const name of [motion?.file, motion?.timesFile, loudness?.file]) if (name !== undefined) listed.add(name);
  for (const name of await readdir(folder)) if (!listed.has(name)) await rm(join(folder, name));
}
