import { EarsightError } from '../../core/errors.js';
import type { Shot } from '../../core/schemas/shots.js';
import { MOTION_COLUMNS, type MotionColumn } from '../extract/measure/motion-columns.js';
import type { MediaReader } from '../extract/media-reader.js';
import { CameraMovementEstimate } from './camera-movement.js';
import type { CutDetector } from './cut-detectors.js';

interface ShotSpan {
  readonly startSec: number;
  readonly endSec: number;
  readonly camera: Shot['camera'];
}

/**
 * Splits a video into shots and names the camera movement of each. `motion.f32` is read twice, because a detector may
 * place a cut some frames before the current one; memory grows with the number of shots only. A file without a picture
 * has no shots.
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
  // Key frames lie seconds apart, so the motion between two of them is not the camera's.
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
async function findCuts(media: MediaReader, detector: CutDetector, signal: AbortSignal): Promise<number[]> {
  const cuts: number[] = [];
  let frame = 0;
  for await (const row of motionFrames(media, signal)) {
    const cut = detector.push(frame, contentScore(row));
    // Without a minimum length a detector may report frame 0, which has no previous frame.
    if (cut !== null && cut > 0) cuts.push(cut);
    frame += 1;
  }
  return cuts;
}

/**
 * PySceneDetect's content score with its default weights: the mean of the mean absolute pixel differences in 8-bit hue,
 * saturation and value, 0..255.
 */
function contentScore({ hue, saturation, value }: MotionFrame): number {
  return (hue + saturation + value) / 3;
}

/** The measurements of one decoded frame that shots need; measure/motion-columns.ts gives units and signs. */
type MotionFrame = Readonly<
  Record<'hue' | 'saturation' | 'value' | 'dx' | 'dy' | 'zoom' | 'support' | 'timeSec', number>
>;

/**
 * The rows of `motion.f32` one by one, in order; none without a picture.
 * @throws EarsightError EARSIGHT_STORE_CORRUPT when a column is missing.
 */
async function* motionFrames(media: MediaReader, signal: AbortSignal): AsyncGenerator<MotionFrame> {
  const columns = media.info.motion?.columns ?? [];
  if (media.info.motion && MOTION_COLUMNS.some((column) => !columns.includes(column)))
    throw new EarsightError('EARSIGHT_STORE_CORRUPT', { key: media.info.motion.file });
  const place = (column: MotionColumn): number => columns.indexOf(column);
  const [hue, saturation, value] = [place('hue'), place('saturation'), place('value')];
  const [dx, dy, zoom, support] = [place('dx'), place('dy'), place('zoom'), place('support')];
  for await (const { rows, timesSec, values } of media.readMotion()) {
    signal.throwIfAborted();
    for (let row = 0; row < rows; row += 1) {
      const first = row * columns.length;
      yield {
        timeSec: timesSec[row] ?? 0,
        hue: values[first + hue] ?? 0,
        saturation: values[first + saturation] ?? 0,
        value: values[first + value] ?? 0,
        dx: values[first + dx] ?? 0,
        dy: values[first + dy] ?? 0,
        zoom: values[first + zoom] ?? 0,
        support: values[first + support] ?? 0,
      };
    }
  }
}
