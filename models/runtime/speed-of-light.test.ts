import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { SpeedOfLightMeter } from './speed-of-light.js';

it('holds no idle thread against a pool that has one batch, and none at all while nothing is asked', async () => {
  const meter = new SpeedOfLightMeter(4);
  await delay(50);
  const start = performance.now();
  meter.begin(1);
  await delay(40);
  meter.end(1);
  const runMs = performance.now() - start;
  meter.batch(8, { prepareMs: 0, runMs, finishMs: 0 });
  await delay(50);
  const { ratio, achievedPerSec, barePerSec } = meter.read();
  expect(ratio).toBeCloseTo(1, 1);
  expect(achievedPerSec).toBeCloseTo(8000 / runMs, -1);
  expect(barePerSec).toBeCloseTo(achievedPerSec / ratio, 6);
});

it('holds every idle thread against a pool that has batches for all', async () => {
  const meter = new SpeedOfLightMeter(4);
  const start = performance.now();
  meter.begin(9);
  await delay(40);
  meter.end(9);
  meter.batch(8, { prepareMs: 0, runMs: performance.now() - start, finishMs: 0 });
  expect(meter.read().ratio).toBeCloseTo(1 / 4, 1);
});
