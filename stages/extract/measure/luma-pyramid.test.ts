import { describe, expect, it } from 'vitest';
import { randomStream } from '../../../fixtures/synth/random.js';
import { MotionKernels } from './motion-kernels.js';

interface Picture {
  readonly width: number;
  readonly height: number;
  readonly luma: Uint8Array;
}

describe('LumaPyramid', () => {
  it.each([
    [256, 144],
    [255, 143],
    [33, 70],
    [8, 9],
  ])('halves a picture of %i × %i with the weights 1 3 3 1 and repeated edges', (width, height) => {
    const random = randomStream(width);
    const luma = Uint8Array.from({ length: width * height }, () => 256 * random());
    const [pyramid] = new MotionKernels(width, height, 3).pyramids;
    // Earlier content of the memory must have no effect.
    pyramid.build(luma.map((value) => 255 - value));
    pyramid.build(luma);
    let from: Picture = { width, height, luma };
    for (const level of pyramid.levels) {
      from = halved(from);
      expect([level.width, level.height, [...level.luma]]).toEqual([from.width, from.height, [...from.luma]]);
    }
  });
});

function halved({ width, height, luma }: Picture): Picture {
  const [across, down] = [Math.max(1, width >> 1), Math.max(1, height >> 1)];
  const inside = (place: number, size: number): number => Math.min(Math.max(place, 0), size - 1);
  const weights = [1, 3, 3, 1];
  const pixel = (x: number, y: number): number => {
    let sum = 0;
    for (const [i, rowWeight] of weights.entries())
      for (const [j, weight] of weights.entries())
        sum += rowWeight * weight * (luma[inside(2 * y + i - 1, height) * width + inside(2 * x + j - 1, width)] ?? 0);
    return (sum + 32) >> 6;
  };
  const result = Uint8Array.from({ length: across * down }, (_, at) => pixel(at % across, Math.floor(at / across)));
  return { width: across, height: down, luma: result };
}
