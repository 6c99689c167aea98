import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { shotsFileSchema, type Shot, type ShotsFile } from '../../core/schemas/shots.js';
import { openMedia } from '../extract/media-reader.js';
import { defineStage } from '../services.js';
import { AdaptiveDetector } from './adaptive-detector.js';
import { ContentDetector } from './content-detector.js';
import { MIN_SCENE_FRAMES, type CutDetector } from './cut-detector.js';
import { findShots } from './find-shots.js';
import { writeKeyFrame } from './write-key-frame.js';

export const shotsParamsSchema = z.strictObject({
  /** docs/decisions/0004-shots.md says why adaptive. Key frames are always compared by content. */
  detector: z.enum(['adaptive', 'content']).default('adaptive'),
  /** In the detector's own measure; its published default when left out. */
  threshold: z.number().positive().exactOptional(),
  minSceneFrames: z.number().int().nonnegative().default(MIN_SCENE_FRAMES),
});
export type ShotsParams = z.infer<typeof shotsParamsSchema>;

/** Cuts, shots, camera movement and a key frame a shot. A file without a picture gets an empty list of each. */
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
      const keyFramesOnly = media.info.frameMode === 'keyframes';
      const detector = makeDetector(params, keyFramesOnly);
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
        precision: keyFramesOnly ? 'keyframe' : 'frame',
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
 * Key frames lie a second or more apart: neighbours say nothing about each other's movement, and a shot of one key frame
 * is long enough. So they are compared by content, without a minimum.
 */
function makeDetector({ detector, threshold, minSceneFrames }: ShotsParams, keyFramesOnly: boolean): CutDetector {
  if (keyFramesOnly) return new ContentDetector(detector === 'content' ? threshold : undefined, 0);
  return detector === 'content'
    ? new ContentDetector(threshold, minSceneFrames)
    : new AdaptiveDetector(threshold, minSceneFrames);
}
