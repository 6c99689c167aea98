import { describe, expect, it } from 'vitest';
import {
  compareInstants,
  fromDecimalSeconds,
  instant,
  MICROSECONDS,
  parseRational,
  rational,
  rescale,
  toSeconds,
} from './time.js';

describe('rational and parseRational', () => {
  it('reduce a fraction, and refuse what is not a fraction of safe integers', () => {
    expect(rational(60000, 2002)).toEqual({ num: 30000, den: 1001 });
    expect(parseRational('30000/1001')).toEqual({ num: 30000, den: 1001 });
    expect(parseRational('4:3')).toEqual({ num: 4, den: 3 });
    expect(['1/0', 'x', '', '1.5', '0x10'].map(parseRational)).toEqual([null, null, null, null, null]);
    expect(() => rational(1, 0)).toThrow(RangeError);
    expect(() => rational(2 ** 60)).toThrow(RangeError);
  });
});

describe('Instant', () => {
  const ntsc = { num: 1001, den: 30000 };

  it('is rescaled exactly where a product of doubles would be inexact', () => {
    const day = instant(2_589_408, ntsc);
    expect(rescale(day, MICROSECONDS, 'floor').ticks).toBe(86_399_913_600);
    expect(rescale(instant(9_007_199_254_740_991, { num: 1, den: 90_000 }), { num: 1, den: 1000 }).ticks).toBe(
      100_079_991_719_344,
    );
  });

  it('is rounded in the requested direction, also below zero', () => {
    const third = instant(-1, { num: 1, den: 3 });
    const tenths = { num: 1, den: 10 };
    expect([rescale(third, tenths, 'floor').ticks, rescale(third, tenths, 'ceil').ticks]).toEqual([-4, -3]);
    expect(rescale(instant(1, { num: 1, den: 20 }), tenths).ticks).toBe(1);
  });

  it('is compared across bases', () => {
    expect(compareInstants(instant(1, { num: 1, den: 3 }), instant(333_333, MICROSECONDS))).toBe(1);
    expect(compareInstants(instant(90_000, { num: 1, den: 90_000 }), instant(1_000_000, MICROSECONDS))).toBe(0);
  });

  it('is parsed from decimal seconds without a float', () => {
    expect(fromDecimalSeconds('0.1')?.ticks).toBe(100_000);
    expect(fromDecimalSeconds('-12.3456789')?.ticks).toBe(-12_345_678);
    expect(['N/A', '', '1e3', '.5'].map(fromDecimalSeconds)).toEqual([null, null, null, null]);
    expect(toSeconds(instant(3, ntsc))).toBeCloseTo(0.1001, 10);
  });
});
