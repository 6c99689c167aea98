import type { Shot } from '../../core/schemas/shots.js';
import type { MediaReader } from '../extract/media-reader.js';
import { CameraMovementEstimate } from './camera-movement.js';
import { contentScore } from './content-score.js';
import type { CutDetector } from './cut-detector.js';
import { motionFrames } from './motion-frames.js';

export interface ShotSpan {
  readonly startSec: number;
  readonly endSec: number;
  readonly camera: Shot['camera'];
}

/**
 * Parts a video into shots and names what the camera did in each. `motion.f32` is read twice, since a detector may place
 * a cut some frames back; memory grows with the number of shots alone. No picture, no shots.
 */
export async function findShots(media: MediaReader, detector: CutDetector, signal: AbortSignal): Promise<ShotSpan[]> {
  const { video, frameMode } = media.info;
  if (!video) return [];
  const cuts = await findCuts(media, detector, signal);
  const heightOverWidth = video.height / video.width;
  const shots: ShotSpan[] = [];
  let camera = new CameraMovementEstimate(heightOverWidth);
  let startSec: number | null = null;
  let previousSec = 0;
  let frame = 0;
  let nextCut = 0;
  // Between two key frames seconds pass: what they share is no camera movement.
  const finishCamera = (): Shot['camera'] => (frameMode === 'keyframes' ? null : camera.finish());
  for await (const row of motionFrames(media, signal)) {
    const timeSec = Math.max(0, row.timeSec);
    if (startSec === null) {
      startSec = timeSec;
    } else if (frame === cuts[nextCut]) {
      shots.push({ startSec, endSec: timeSec, camera: finishCamera() });
      camera = new CameraMovementEstimate(heightOverWidth);
      startSec = timeSec;
      nextCut += 1;
    } else {
      camera.add(row, timeSec - previousSec);
    }
    previousSec = timeSec;
    frame += 1;
  }
  if (startSec !== null) shots.push({ startSec, endSec: Math.max(startSec, video.endSec), camera: finishCamera() });
  return shots;
}

/** Indices of the frames that begin a new shot, ascending, counted from 0. */
export async function findCuts(media: MediaReader, detector: CutDetector, signal: AbortSignal): Promise<number[]> {
  const cuts: number[] = [];
  let frame = 0;
  for await (const { hue, saturation, value } of motionFrames(media, signal)) {
    const cut = detector.push(frame, contentScore(hue, saturation, value));
    // With no minimum length a first frame may pass as a cut; nothing was before it.
    if (cut !== null && cut > 0) cuts.push(cut);
    frame += 1;
  }
  return cuts;
}
