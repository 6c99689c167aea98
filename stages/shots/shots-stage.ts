import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { shotsFileSchema, type Shot, type ShotsFile } from '../../core/schemas/shots.js';
import type { MediaInfo } from '../extract/media-info.js';
import { openMedia } from '../extract/media-reader.js';
import { defineStage } from '../services.js';
import {
  ADAPTIVE_WINDOW,
  AdaptiveDetector,
  ContentDetector,
  DEFAULT_MIN_SCENE_FRAMES,
  type CutDetector,
} from './cut-detectors.js';
import { findShots } from './find-shots.js';
import { writeKeyFrame } from './write-key-frame.js';

const detectorSchema = z.enum(['adaptive', 'content']);

/** What a user may choose about shots. Everything that is left out keeps the published default of the detector. */
export const shotSettingsSchema = z.strictObject({
  /** PySceneDetect's. Key frames are always compared by content. */
  detector: detectorSchema.exactOptional(),
  /** In the detector's own measure. Scores and ratios end at 255, so a larger one would never be reached. */
  threshold: z.number().positive().max(255).exactOptional(),
  /** Shots are no shorter, in seconds; 0 for no minimum. Longer than an hour is a typing error. */
  minShotSec: z.number().nonnegative().max(3600).exactOptional(),
});
export type ShotSettings = z.infer<typeof shotSettingsSchema>;

export const shotsParamsSchema = shotSettingsSchema.extend({
  /** docs/decisions/0004-shots.md says why adaptive. */
  detector: detectorSchema.default('adaptive'),
  /** The published minimum, in frames; `minShotSec` takes its place where it is given. */
  minSceneFrames: z.number().int().nonnegative().default(DEFAULT_MIN_SCENE_FRAMES),
});
type ShotsParams = z.infer<typeof shotsParamsSchema>;

/** Cuts, shots, camera movement and one key frame per shot. A file without a picture gets an empty list of each. */
export const shotsStage = defineStage({
  name: 'shots',
  version: 1,
  inputs: ['extract'],
  params: shotsParamsSchema,
  resource: 'light',
  scratch: false,
  async run(context) {
    const { inputs, params, folder, signal } = context;
    const media = await openMedia(inputs.extract.folder);
    try {
      const detector = makeDetector(params, media.info);
      const spans = await findShots(media, detector, signal);
      const shots: Shot[] = [];
      for (const [index, span] of spans.entries()) {
        signal.throwIfAborted();
        shots.push({ index, ...span, keyFrame: await writeKeyFrame(media, folder, index, span) });
        context.progress((index + 1) / spans.length);
      }
      const file: ShotsFile = {
        schema: 1,
        detector: {
          name: detector.name,
          threshold: detector.threshold,
          minSceneFrames: detector.minSceneFrames,
        },
        precision: media.info.frameMode === 'keyframes' ? 'keyframe' : 'frame',
        cutsSec: spans.slice(1).map(({ startSec }) => startSec),
        shots,
      };
      await writeFile(join(folder, 'shots.json'), JSON.stringify(shotsFileSchema.parse(file)));
    } finally {
      await media.close();
    }
  },
});

/**
 * Key frames lie a second or more apart: neighbouring scores say nothing about each other, and a shot of one key frame is
 * long enough. They are therefore compared by content, without a minimum length.
 */
function makeDetector({ detector, threshold, ...params }: ShotsParams, info: MediaInfo): CutDetector {
  if (info.frameMode === 'keyframes') return new ContentDetector(detector === 'content' ? threshold : undefined, 0);
  const minFrames = params.minShotSec === undefined ? null : framesIn(params.minShotSec, info);
  if (detector === 'content') return new ContentDetector(threshold, minFrames ?? params.minSceneFrames);
  // The adaptive detector takes the distance at the end of its window and would allow shots that much shorter.
  const minSceneFrames = minFrames === null ? params.minSceneFrames : minFrames && minFrames + ADAPTIVE_WINDOW;
  return new AdaptiveDetector(threshold, minSceneFrames);
}

/** The number of frames that last at least `seconds`, at the mean frame rate of the decoded frames. */
function framesIn(seconds: number, { video }: MediaInfo): number {
  const durationSec = video === null ? 0 : video.endSec - video.startSec;
  if (video === null || durationSec <= 0) return 0;
  // Times are sums of rounded frame durations: 0.6 s of 25 fps is 15 frames, not 16.
  return Math.ceil((seconds * video.decodedFrames) / durationSec - 1e-3);
}
