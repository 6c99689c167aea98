import type { CameraMovement, Shot } from '../../../core/schemas/shots.js';
import { CAMERA_FROM } from '../thresholds.js';

/** The movement of a shot's camera where it is certain; null where it is unknown or near the border of its class. */
export function certainMovement({ camera }: Shot): CameraMovement | null {
  if (camera === null) return null;
  const { movement, magnitude } = camera;
  const kind = movement.split('-')[0];
  if (movement === 'static') return magnitude <= CAMERA_FROM.still ? movement : null;
  const from =
    kind === 'pan'
      ? CAMERA_FROM.pan
      : kind === 'tilt'
        ? CAMERA_FROM.tilt
        : kind === 'zoom'
          ? CAMERA_FROM.zoom
          : CAMERA_FROM.handheld;
  return magnitude >= from ? movement : null;
}
