/*
 * Time is integer ticks on a rational time base. Seconds appear only at the edges, with the unit in the name. A product
 * of two 53-bit integers does not fit a double, so every conversion between bases uses BigInt.
 */

/** A fraction in lowest terms; `den` is positive. */
export interface Rational {
  readonly num: number;
  readonly den: number;
}

/** A point in time, or a length of time: `ticks × base` seconds. `base` is the length of one tick in seconds. */
export interface Instant {
  readonly ticks: number;
  readonly base: Rational;
}

/** The base used where no container dictates another one: microseconds, the AV_TIME_BASE of ffmpeg. */
export const MICROSECONDS: Rational = { num: 1, den: 1_000_000 };

export type Rounding = 'floor' | 'ceil' | 'nearest';

/**
 * Returns `num / den` in lowest terms. @throws RangeError when a part is not a safe integer or `den` is not positive.
 */
export function rational(num: number, den = 1): Rational {
  if (!Number.isSafeInteger(num) || !Number.isSafeInteger(den) || den <= 0)
    throw new RangeError(`not a rational: ${num}/${den}`);
  const divisor = greatestCommonDivisor(Math.abs(num), den);
  return { num: num / divisor, den: den / divisor };
}

/** Parses `"30000/1001"`, `"30000:1001"` or `"25"`. Returns null for any other text and for a denominator of zero. */
export function parseRational(text: string): Rational | null {
  const match = /^(-?\d+)(?:[/:](\d+))?$/.exec(text.trim());
  if (!match) return null;
  const num = Number(match[1]);
  const den = Number(match[2] ?? 1);
  return den > 0 && Number.isSafeInteger(num) && Number.isSafeInteger(den) ? rational(num, den) : null;
}

/** @throws RangeError when `ticks` is not a safe integer. */
export function instant(ticks: number, base: Rational): Instant {
  if (!Number.isSafeInteger(ticks)) throw new RangeError(`ticks must be a safe integer, got ${ticks}`);
  return { ticks, base };
}

/** Converts a time to ticks of another base. @throws RangeError when the ticks are not a safe integer. */
export function rescale(time: Instant, base: Rational, rounding: Rounding = 'nearest'): Instant {
  const numerator = BigInt(time.ticks) * BigInt(time.base.num) * BigInt(base.den);
  const denominator = BigInt(time.base.den) * BigInt(base.num);
  return instant(Number(divide(numerator, denominator, rounding)), base);
}

/** Compares exactly, across bases: negative when `a` is before `b`, zero when equal, positive when `a` is after `b`. */
export function compareInstants(a: Instant, b: Instant): number {
  const left = BigInt(a.ticks) * BigInt(a.base.num) * BigInt(b.base.den);
  const right = BigInt(b.ticks) * BigInt(b.base.num) * BigInt(a.base.den);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Converts to floating-point seconds, for output only: do no arithmetic on the result. */
export function toSeconds(time: Instant): number {
  return (time.ticks * time.base.num) / time.base.den;
}

/**
 * Parses decimal seconds as ffmpeg and people write them (`"12.345000"`) without going through a float. Digits below a
 * microsecond are cut off. Returns null for any other text.
 */
export function fromDecimalSeconds(text: string): Instant | null {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text.trim());
  if (!match) return null;
  const micros = Number((match[3] ?? '').padEnd(6, '0').slice(0, 6));
  const ticks = Number(match[2]) * MICROSECONDS.den + micros;
  if (!Number.isSafeInteger(ticks)) return null;
  return instant(match[1] === '-' ? -ticks : ticks, MICROSECONDS);
}

function divide(numerator: bigint, denominator: bigint, rounding: Rounding): bigint {
  const floor = numerator / denominator - (numerator % denominator < 0n ? 1n : 0n);
  const remainder = numerator - floor * denominator;
  if (remainder === 0n || rounding === 'floor') return floor;
  if (rounding === 'ceil') return floor + 1n;
  return 2n * remainder >= denominator ? floor + 1n : floor;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a || 1 : greatestCommonDivisor(b, a % b);
}
