import { describe, expect, it } from 'vitest';
import { SpeedOfLightMeter } from './speed-of-light.js';

describe('SpeedOfLightMeter', () => {
  it('counts one thread while one batch is pending, and none while no batch is', () => {
    let nowMs = 1000;
    const meter = new SpeedOfLightMeter(4, () => nowMs);
    nowMs += 50;
    meter.begin(1);
    nowMs += 40;
    meter.end(1);
    meter.batch(8, { prepareMs: 0, runMs: 30, finishMs: 0 });
    nowMs += 50;
    const { ratio, achievedPerSec, barePerSec } = meter.read();
    expect(ratio).toBeCloseTo(30 / 40, 9);
    expect(achievedPerSec).toBeCloseTo(8 / 0.04, 9);
    expect(barePerSec).toBeCloseTo(8 / 0.03, 9);
  });

  it('counts every thread while there are batches for all of them', () => {
    let nowMs = 1000;
    const meter = new SpeedOfLightMeter(4, () => nowMs);
    meter.begin(9);
    nowMs += 40;
    meter.end(9);
    meter.batch(8, { prepareMs: 0, runMs: 40, finishMs: 0 });
    expect(meter.read().ratio).toBeCloseTo(1 / 4, 9);
  });
});
