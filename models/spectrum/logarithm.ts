import type { FunctionAuthor } from '../wasm/function-author.js';
import { f64x2, i64x2, v128, type V128 } from '../wasm/instructions.js';

/** Terms of the series: |s| ≤ 0.172, so that the first one left out is below 1e-12. */
const TERMS = 7;
const MANTISSA_BITS = 52;
/** The mantissa of √½: what is subtracted so that the exponent steps there, and not at a power of two. */
const ROOT_HALF_MANTISSA = 0x0006a09e667f3bcdn;
/** Biased exponent of the numbers from √½ to √2, seen from there. */
const EXPONENT_BIAS = 0x3fen;
/** 2⁵², whose mantissa bits count ones. */
const COUNTING = 2 ** MANTISSA_BITS;

/**
 * Natural logarithm of two positive normal numbers, to 1e-11: y = m 2ᵉ with m from √½ to √2, and
 * ln m = 2 artanh s = 2 (s + s³/3 + s⁵/5 + …), s = (m − 1) / (m + 1).
 */
export function writeLogarithm(author: FunctionAuthor, y: V128): V128 {
  const bits = author.keep(y);
  const exponent = author.keep(
    i64x2.shiftRightUnsigned(i64x2.sub(bits, i64x2.splat(ROOT_HALF_MANTISSA)), MANTISSA_BITS),
  );
  const counted = v128.or(exponent, f64x2.splat(COUNTING));
  const whole = f64x2.sub(counted, f64x2.splat(COUNTING + Number(EXPONENT_BIAS)));
  const scale = i64x2.shiftLeft(i64x2.sub(exponent, i64x2.splat(EXPONENT_BIAS)), MANTISSA_BITS);
  const mantissa = author.keep(i64x2.sub(bits, scale));
  const one = f64x2.splat(1);
  const s = author.keep(f64x2.div(f64x2.sub(mantissa, one), f64x2.add(mantissa, one)));
  const square = author.keep(f64x2.mul(s, s));
  const series = author.variable(f64x2.splat(2 / (2 * TERMS - 1)));
  for (let term = TERMS - 2; term >= 0; term--)
    series.set(f64x2.add(f64x2.mul(series.value, square), f64x2.splat(2 / (2 * term + 1))));
  return f64x2.add(f64x2.mul(series.value, s), f64x2.mul(whole, f64x2.splat(Math.LN2)));
}
