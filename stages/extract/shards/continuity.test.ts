import { describe, expect, it } from 'vitest';
import { instant, MICROSECONDS } from '../../../core/time.js';
import { findDiscontinuity, joinGaps, joinGrids } from './continuity.js';
import { findPacketProblem } from './seek-check.js';
import type { PictureShard } from './shard-info.js';

/** A part of two segments. The shared frames before segment n are `n-a` and `n-b`. */
function part(index: number, last: boolean, rest: Partial<PictureShard> = {}, span: object = {}): PictureShard {
  const first = index * 2;
  return {
    schema: 1,
    doubt: null,
    firstSegment: first,
    segments: last ? null : 2,
    startSec: first,
    endSec: first + 2,
    gaps: { shortestSec: 1 + index, longestSec: 3 + index },
    columns: [],
    grid: { timesSec: [first + 0.5, first + 1.5], shown: [0, 1] },
    span: { lead: 2, own: 4, ordered: true, head: shared(first), tail: shared(first + 2), ...span },
    ...rest,
  };
}
const shared = (segment: number): string[] => [`${segment}-a`, `${segment}-b`];

describe('continuity of parts', () => {
  it('accepts parts that begin where the part before ended and agree on the shared frames', () => {
    expect(findDiscontinuity([part(0, false), part(1, false), part(2, true)])).toBeNull();
  });

  it.each<[string, PictureShard[]]>([
    ['part 2 of 3 begins at segment 4, not 2', [part(0, false), part(2, false), part(1, true)]],
    ['part 2 of 2 begins at segment 0, not 2', [part(0, false), part(0, true)]],
    ['part 1 of 1 begins at segment 2, not 0', [part(1, true)]],
    ['part 2 of 3 begins at segment 2, not null', [part(0, true), part(1, false), part(2, true)]],
    ['the last part is missing', [part(0, false), part(1, false)]],
    ['part 2 of 2: it tells so', [part(0, false), part(1, true, { doubt: 'it tells so' })]],
    [
      'part 2 of 2 shows other frames before its beginning',
      [part(0, false), part(1, true, {}, { head: ['2-a', '2-c'] })],
    ],
    ['part 2 of 2 shows other frames before its beginning', [part(0, false), part(1, true, {}, { head: ['2-a'] })]],
    ['part 2 of 2: no frame shows both sides of its beginning', [part(0, false, {}, { tail: [] }), part(1, true, {}, { head: [] })]], // prettier-ignore
  ])('refuses parts that do not fit together: %s', (problem, parts) => {
    expect(findDiscontinuity(parts)).toBe(problem);
  });

  it('joins a frame on display on both sides of a boundary into one frame', () => {
    const before = part(0, false, { grid: { timesSec: [0.5, 1.2], shown: [0, 1, 1] } });
    const after = part(1, true, { grid: { timesSec: [1.2, 3.5], shown: [0, 1] } });
    expect(joinGrids([before, after])).toEqual({ timesSec: [0.5, 1.2, 3.5], shown: [0, 1, 1, 2] });
    expect(joinGaps([before, after])).toEqual({ shortestSec: 1, longestSec: 4 });
  });
});

it('findPacketProblem names what makes a seek unreliable', () => {
  const wanted = instant(5_000_000, MICROSECONDS);
  expect(findPacketProblem(['4.500000,K__', '4.540000,___'], wanted, 10)).toBeNull();
  expect(findPacketProblem(['4.500000,K_D', '4.540000,___'], wanted, 10)).toBe('an edit list');
  expect(findPacketProblem(['4.500000,K__', 'N/A,___'], wanted, 10)).toBe('packets without a time');
  expect(findPacketProblem(['4.500000,___', '4.540000,___'], wanted, 10)).toBe('no key frame to begin with');
  expect(findPacketProblem(['5.500000,K__', '5.540000,___'], wanted, 10)).toBe('seeking overshoots');
  expect(findPacketProblem(['4.500000,K__', '4.460000,___'], wanted, 10)).toBe('an open group of pictures');
  expect(findPacketProblem(['0.000000,K__', '0.040000,___'], wanted, 8)).toBe('no index, or no key frame');
});
