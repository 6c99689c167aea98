import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hasShared, sharedPath } from '../testing/shared-data.js';
import { avAlign, flowPeaks } from './av-align.js';

interface Golden {
  readonly av_align: {
    readonly iou: readonly { audio: number[]; video: number[]; fps: number; iou: number }[];
    readonly peaks: readonly { flow: number[]; fps: number; peaks: number[] }[];
  };
}

describe('avAlign', () => {
  it('is not applicable without any peak, where the published code divides by zero', () => {
    expect(avAlign([], [], 25)).toBeNull();
  });

  it.skipIf(!hasShared)('agrees with the published code on every golden case (skipped without ../shared)', () => {
    const { av_align } = JSON.parse(readFileSync(sharedPath('oracles/golden.json'), 'utf8')) as Golden;
    expect(av_align.iou.length).toBeGreaterThan(0);
    for (const { audio, video, fps, iou } of av_align.iou)
      expect(Math.abs((avAlign(audio, video, fps) ?? NaN) - iou)).toBeLessThan(1e-6);
    for (const { flow, fps, peaks } of av_align.peaks) expect(flowPeaks(flow, fps)).toEqual(peaks);
  });
});
