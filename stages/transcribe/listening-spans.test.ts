import { expect, it } from 'vitest';
import { covered, widened } from './listening-spans.js';

it('widens voices inside the file and joins those that come close', () => {
  const voices = [
    { startSec: 0.2, endSec: 1 },
    { startSec: 4, endSec: 5 },
    { startSec: 40, endSec: 41 },
  ];
  expect(widened(voices, 0.5, 41.2)).toEqual([
    { startSec: 0, endSec: 5.5 },
    { startSec: 39.5, endSec: 41.2 },
  ]);
});

it('measures how much of a span has a voice', () => {
  const voices = [
    { startSec: 0, endSec: 1 },
    { startSec: 2, endSec: 3 },
  ];
  expect(covered({ startSec: 0, endSec: 4 }, voices)).toBe(0.5);
  expect(covered({ startSec: 5, endSec: 6 }, voices)).toBe(0);
  expect(covered({ startSec: 0.5, endSec: 0.5 }, voices)).toBe(1);
});
