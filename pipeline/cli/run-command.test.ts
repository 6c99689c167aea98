import { expect, it } from 'vitest';
import { inputsIn, speedLine, warningsLine } from './run-command.js';

it('separates inputs from options and their values in any order', () => {
  expect(inputsIn([])).toEqual([]);
  expect(inputsIn(['--frames', 'keyframes', '--labels', 'mine.txt', '--json'])).toEqual([]);
  expect(inputsIn(['--frames', 'keyframes', 'a.mp4', '--out=o', 'b.mp4'])).toEqual(['a.mp4', 'b.mp4']);
  expect(inputsIn(['--offline', '--', '-odd-name.mp4'])).toEqual(['-odd-name.mp4']);
  expect(inputsIn(['--help'])).toEqual([]);
});

it("reports the share of the networks' own speed, or where workers report it", () => {
  const counts = { done: 1, failed: 0, skipped: 0 };
  const speedOfLight = { achievedPerSec: 12.34, barePerSec: 19.9, ratio: 0.62 };
  expect(speedLine({ counts, speedOfLight }, 'inline')).toBe(
    'speed of light: 62 % of what the networks alone can do on this machine was reached (12.3 of 19.9 items/s)',
  );
  expect(speedLine({ counts, speedOfLight: null }, 'inline')).toBeNull();
  expect(speedLine({ counts, speedOfLight: null }, 'bullmq')).toContain('by workers, see their /metrics');
});

it('counts the videos with warnings by code, and says nothing where there are none', () => {
  expect(warningsLine({ warningsPerCode: {} })).toBeNull();
  expect(warningsLine({ warningsPerCode: { EARSIGHT_WARN_SHORT: 2, EARSIGHT_WARN_HDR: 1 } })).toMatch(
    /^warnings: EARSIGHT_WARN_SHORT \(2\), EARSIGHT_WARN_HDR \(1\);/,
  );
});
