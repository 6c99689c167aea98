import type { FunctionAuthor, Variable } from '../../../models/wasm/function-author.js';
import { constant, f32x4, i16x8, i32x4, i8x16, times, v128, type V128 } from '../../../models/wasm/instructions.js';

/** Fixed-point bits of OpenCV's 8-bit conversion, so that the results agree with OpenCV in every bit. */
const SHIFT = 12;
const HUE_RANGE = 180;
/** Pixels per step: the bytes of a vector. */
export const STEP_PIXELS = 16;

/** Byte offsets in the kernel's memory, for a picture of `pixels` pixels (a multiple of STEP_PIXELS). */
interface ColourLayout {
  readonly pixels: number;
  /** The picture's sums of hue, saturation and value differences and of luma: each the sum of four 32-bit numbers. */
  readonly sums: number;
  readonly rgb: number;
  readonly luma: number;
  /** Planes of hue, saturation and value of the previous frame. */
  readonly planes: readonly [number, number, number];
  readonly bytes: number;
}

export function colourLayout(pixels: number): ColourLayout {
  const rgb = 4 * 16;
  const luma = rgb + 3 * pixels;
  const hue = luma + pixels;
  return { pixels, sums: 0, rgb, luma, planes: [hue, hue + pixels, hue + 2 * pixels], bytes: hue + 3 * pixels };
}

/** One pass over the picture: HSV differences to the planes of the previous frame, which it overwrites, and luma. */
export function writeColourKernel(author: FunctionAuthor, layout: ColourLayout): void {
  const zeros = i32x4.splat(0);
  const sums = [zeros, zeros, zeros].map((zero) => author.variable(zero));
  const lumaSum = author.variable(zeros);
  author.repeat(constant(0), constant(layout.pixels), STEP_PIXELS, (pixel) => {
    const at = author.keep(times(pixel, 3));
    const [first, second, third] = [0, 16, 32].map((bytes) => author.keep(v128.load(at, layout.rgb + bytes)));
    if (!first || !second || !third) return;
    const channel = (index: number): V128 => author.keep(everyThird(first, second, third, index));
    const [r, g, b] = [channel(0), channel(1), channel(2)];
    const max = author.keep(i8x16.maxUnsigned(i8x16.maxUnsigned(r, g), b));
    const spread = author.keep(i8x16.sub(max, i8x16.minUnsigned(i8x16.minUnsigned(r, g), b)));
    [hueOf(author, r, g, b, max, spread), saturationOf(author, spread, max), max].forEach((now, index) => {
      const plane = layout.planes[index] ?? 0;
      const kept = author.keep(now);
      const before = author.keep(v128.load(pixel, plane));
      author.store(pixel, kept, plane);
      const difference = i8x16.sub(i8x16.maxUnsigned(kept, before), i8x16.minUnsigned(kept, before));
      addBytes(sums[index], difference);
    });
    const luma = author.keep(lumaOf(r, g, b));
    author.store(pixel, luma, layout.luma);
    addBytes(lumaSum, luma);
  });
  [...sums, lumaSum].forEach(({ value }, index) => author.store(constant(layout.sums + 16 * index), value));
}

function addBytes(sum: Variable<'v128'> | undefined, bytes: V128): void {
  sum?.set(i32x4.add(sum.value, i32x4.pairSumsUnsigned(i16x8.pairSumsUnsigned(bytes))));
}

/** The bytes `index`, `index + 3`, … of 48. */
function everyThird(first: V128, second: V128, third: V128, index: number): V128 {
  const places = Array.from({ length: STEP_PIXELS }, (_, pixel) => 3 * pixel + index);
  const early = i8x16.shuffle(
    first,
    second,
    places.map((place) => (place < 32 ? place : 0)),
  );
  return i8x16.shuffle(
    early,
    third,
    places.map((place, pixel) => (place < 32 ? pixel : place - 16)),
  );
}

/** BT.601 weights in 1/256, which every luma-based motion estimator uses; the sum fits into 16 bits. */
function lumaOf(r: V128, g: V128, b: V128): V128 {
  const half = (extend: (bytes: V128) => V128): V128 => {
    const weighted = (bytes: V128, weight: number): V128 => i16x8.mul(extend(bytes), i16x8.splat(weight));
    return i16x8.shiftRightUnsigned(i16x8.add(i16x8.add(weighted(r, 77), weighted(g, 150)), weighted(b, 29)), 8);
  };
  return i8x16.narrowUnsigned(half(i16x8.extendLowUnsigned), half(i16x8.extendHighUnsigned));
}

/** (spread × round(255 · 2¹² / max) + ½) / 2¹²; 0 for black. */
function saturationOf(author: FunctionAuthor, spread: V128, max: V128): V128 {
  const half = (extend: (bytes: V128) => V128): V128 => quotient(author, extend(spread), extend(max), 255);
  return i8x16.narrowUnsigned(half(i16x8.extendLowUnsigned), half(i16x8.extendHighUnsigned));
}

/** OpenCV's hue, 0 … 179: the sector of the circle that the largest channel gives, and the position in it. */
function hueOf(author: FunctionAuthor, r: V128, g: V128, b: V128, max: V128, spread: V128): V128 {
  const isRed = author.keep(i8x16.eq(max, r));
  const isGreen = author.keep(v128.andNot(i8x16.eq(max, g), isRed));
  const half = (extend: (bytes: V128) => V128, extendMask: (bytes: V128) => V128): V128 => {
    const [r16, g16, b16, spread16] = [r, g, b, spread].map((bytes) => author.keep(extend(bytes)));
    if (!r16 || !g16 || !b16 || !spread16) return spread;
    const red = i16x8.sub(g16, b16);
    const green = i16x8.add(i16x8.sub(b16, r16), i16x8.shiftLeft(spread16, 1));
    const blue = i16x8.add(i16x8.sub(r16, g16), i16x8.shiftLeft(spread16, 2));
    const sector = v128.select(red, v128.select(green, blue, extendMask(isGreen)), extendMask(isRed));
    const hue = author.keep(quotient(author, author.keep(sector), spread16, HUE_RANGE / 6));
    return i16x8.add(hue, v128.and(i16x8.splat(HUE_RANGE), i16x8.shiftRightSigned(hue, 15)));
  };
  return i8x16.narrowUnsigned(
    half(i16x8.extendLowUnsigned, i16x8.extendLowSigned),
    half(i16x8.extendHighUnsigned, i16x8.extendHighSigned),
  );
}

/**
 * (a × round(numerator · 2¹² / b) + ½) / 2¹² rounded down, for eight 16-bit numbers; 0 where a and b are 0. Float32 is exact
 * here: quotients are below 2²⁰ and never halfway between integers, and products are below 2²⁴.
 */
function quotient(author: FunctionAuthor, a: V128, b: V128, numerator: number): V128 {
  const [over, under] = [author.keep(a), author.keep(b)];
  const half = (extend: (shorts: V128) => V128): V128 => {
    const scale = f32x4.nearest(f32x4.div(f32x4.splat(numerator * 2 ** SHIFT), f32x4.fromI32(extend(under))));
    const fixed = f32x4.add(f32x4.mul(f32x4.fromI32(extend(over)), scale), f32x4.splat(2 ** (SHIFT - 1)));
    return i32x4.shiftRightSigned(i32x4.truncate(fixed), SHIFT);
  };
  return i16x8.narrowSigned(half(i32x4.extendLowSigned), half(i32x4.extendHighSigned));
}
