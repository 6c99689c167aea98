import type { Shot } from '../../../core/schemas/shots.js';
import { CameraMovementEstimate } from '../camera-movement.js';
import { createFrameMeter } from '../../extract/measure/frame-meter.js';
import { MOTION_COLUMNS, type MotionColumn } from '../../extract/measure/motion-columns.js';
import type { CameraClip } from '../../../fixtures/draw/camera-clip.js';

/** The camera movement measured in a drawn clip, and the processor time of the meter without the drawing. */
export function measureClip(clip: CameraClip): { camera: Shot['camera']; meterMs: number } {
  const meter = createFrameMeter();
  const row = new Float32Array(meter.columns.length);
  const read = (column: MotionColumn): number => row[MOTION_COLUMNS.indexOf(column)] ?? 0;
  const estimate = new CameraMovementEstimate(clip.height / clip.width);
  let meterMs = 0;
  for (let frame = 0; frame < clip.frames; frame += 1) {
    const rgb = clip.render(frame);
    const before = process.cpuUsage();
    meter.measure(rgb, clip.width, clip.height, row);
    const spent = process.cpuUsage(before);
    meterMs += (spent.user + spent.system) / 1000;
    if (frame === 0) continue;
    estimate.add({ dx: read('dx'), dy: read('dy'), zoom: read('zoom'), support: read('support') }, 1 / clip.frameRate);
  }
  return { camera: estimate.finish(), meterMs };
}
