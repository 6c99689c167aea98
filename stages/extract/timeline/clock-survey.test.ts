import { describe, expect, it } from 'vitest';
import { ClockSurvey, type ClockReport } from './clock-survey.js';

/** Picture (0) and sound (1), interleaved, one packet each per 0.1 s, in pieces of one second whose clocks begin as given. */
function survey(clocksSec: readonly number[], resets: boolean, strays: readonly number[] = []): ClockReport {
  const clocks = new ClockSurvey([0, 1], 1, resets);
  let packets = 0;
  for (const startSec of clocksSec)
    for (let i = 0; i < 10; i++)
      for (const stream of [0, 1]) {
        const clockSec = strays.includes(packets++) ? 5000 : startSec + i / 10;
        clocks.add({ stream, clockSec, presentationSec: clockSec, durationSec: 0.1 });
      }
  return clocks.report();
}

describe('ClockSurvey', () => {
  it('leaves a steady clock alone, wherever it begins', () => {
    const { breaks, soundGaps, durationSec, offsetsSec } = survey([86_400, 86_401], true);
    expect([breaks, soundGaps, offsetsSec]).toEqual([[], [], null]);
    expect(durationSec).toBeCloseTo(2, 6);
  });

  it('lets each piece begin where the one before it ended, with one offset for picture and sound', () => {
    const { breaks, durationSec, offsetsSec } = survey([100, 100, 50_000], true);
    expect(breaks.map(({ atSec }) => atSec)).toEqual([expect.closeTo(1, 6), expect.closeTo(2, 6)]);
    expect(durationSec).toBeCloseTo(3, 6);
    for (const stream of [0, 1])
      expect(offsetsSec?.get(stream)).toEqual([-100, expect.closeTo(-99, 6), expect.closeTo(-49_998, 6)]);
  });

  it('takes a jump ahead for a gap where a clock is never set anew', () => {
    const { breaks, soundGaps, longestGap, durationSec } = survey([0, 3600], false);
    expect(breaks).toEqual([]);
    expect(soundGaps).toEqual([{ startSec: expect.closeTo(1, 6) as number, endSec: 3600 }]);
    expect(longestGap).toEqual(soundGaps[0]);
    expect(durationSec).toBeCloseTo(3601, 6);
  });

  it('does not take a single damaged time for a new clock', () => {
    const { breaks, offsetsSec } = survey([0, 1], true, [8]);
    expect(breaks).toEqual([]);
    expect(offsetsSec).toBeNull();
  });
});
