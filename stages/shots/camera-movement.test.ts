import { describe, expect, it } from 'vitest';
import { cameraClip } from '../../fixtures/draw/camera-clip.js';
import { measureClip } from './testing/measure-clip.js';
import { cameraMovementSchema } from '../../core/schemas/shots.js';
import { CameraMovementEstimate } from './camera-movement.js';

const HEIGHT_OVER_WIDTH = 9 / 16;

describe('CameraMovementEstimate', () => {
  it('names the direction of the camera, which is opposite to that of the picture', () => {
    expect(finish({ dx: -0.01 })).toEqual({ movement: 'pan-right', magnitude: expect.closeTo(0.25, 5) as number });
    expect(finish({ dx: 0.01 })?.movement).toBe('pan-left');
    expect(finish({ dy: 0.01 })).toEqual({ movement: 'tilt-up', magnitude: expect.closeTo(0.25, 5) as number });
    expect(finish({ dy: -0.01 })?.movement).toBe('tilt-down');
    expect(finish({ zoom: 0.01 })).toEqual({ movement: 'zoom-in', magnitude: expect.closeTo(0.25, 5) as number });
    expect(finish({ zoom: -0.01 })?.movement).toBe('zoom-out');
    expect(finish({})).toEqual({ movement: 'static', magnitude: 0 });
  });

  it('gives null for a shot without support and for an empty shot', () => {
    expect(finish({ dx: 0.01, support: 0 })).toBeNull();
    expect(new CameraMovementEstimate(HEIGHT_OVER_WIDTH).finish()).toBeNull();
  });

  it('names the movement of at least 14 of 16 drawn clips (seeds that chose no constant)', () => {
    // Two clips of each movement; bench/shots/camera.ts measures the rate over many.
    const clips = [5001, 5002].flatMap((seed) =>
      cameraMovementSchema.options.map((movement, index) => cameraClip(movement, seed * 100 + index)),
    );
    const right = clips.filter((clip) => measureClip(clip).camera?.movement === clip.movement);
    expect(right.length).toBeGreaterThanOrEqual(14);
  });
});

function finish(motion: { dx?: number; dy?: number; zoom?: number; support?: number }) {
  const estimate = new CameraMovementEstimate(HEIGHT_OVER_WIDTH);
  for (let frame = 0; frame < 50; frame += 1) estimate.add({ dx: 0, dy: 0, zoom: 0, support: 1, ...motion }, 1 / 25);
  return estimate.finish();
}
