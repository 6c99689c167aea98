import type { FunctionAuthor } from '../../../models/wasm/function-author.js';
import {
  add,
  constant,
  f32x4,
  i32x4,
  loadI32,
  multiply,
  subtract,
  v128,
  type I32,
  type V128,
} from '../../../models/wasm/instructions.js';
import { BLOCK_BOUND_BYTES, BLOCK_SUM_BYTES, BLOCK_SUMS, BLOCKS, type LevelLayout } from './motion-layout.js';

/** A residual counts as explained when half a pixel of displacement, or coding noise, would cause it. */
const EXPLAINED_PIXELS_SQUARED = 0.25;
const EXPLAINED_NOISE = 3;
const LANES = [0, 1, 2, 3] as const;
const BYTE = i32x4.splat(0xff);
const ZERO = i32x4.splat(0);

interface ResidualShape {
  readonly level: LevelLayout;
  /** Step between the visited pixels, in both directions. */
  readonly stride: number;
  readonly motion: number;
  readonly bounds: number;
  readonly sums: number;
}

/**
 * Visits each block of the previous picture, four points at a time, and sums in float32: the gradients (x, y), the
 * difference (r) of the current picture at the point's new position to the previous one, and their products. Points that
 * move out of the picture are left out.
 * The kernel's parameters are the addresses of the first pixels of the previous and of the current picture.
 */
export function writeResidualKernel(author: FunctionAuthor, shape: ResidualShape): void {
  const { level, stride } = shape;
  const { width, height } = level;
  const [before, now] = [author.parameter(0), author.parameter(1)];
  const [tx, ty, a, b] = [0, 4, 8, 12].map((bytes) => author.keep(v128.load32Splat(constant(shape.motion), bytes)));
  if (!tx || !ty || !a || !b) return;
  const halfWidth = f32x4.splat((width - 1) / 2);
  const halfHeight = f32x4.splat((height - 1) / 2);
  const places = f32x4.of(0, stride, 2 * stride, 3 * stride);
  const sums = BLOCK_SUMS.map(() => author.variable(ZERO));
  const out = author.variable(constant(shape.sums));
  const end = shape.bounds + BLOCKS * BLOCK_BOUND_BYTES;
  author.repeat(constant(shape.bounds), constant(end), BLOCK_BOUND_BYTES, (block) => {
    const [left, right, top, bottom] = [0, 4, 8, 12].map((bytes) => author.keep(loadI32(block, bytes)));
    if (!left || !right || !top || !bottom) return;
    const limit = author.keep(f32x4.fromI32(i32x4.splatOf(right)));
    for (const sum of sums) sum.set(ZERO);
    author.repeat(top, bottom, stride, (v) => {
      const above = author.keep(add(before, multiply(subtract(v, constant(1)), constant(width))));
      const row = author.keep(f32x4.fromI32(i32x4.splatOf(v)));
      const y = author.keep(f32x4.sub(row, halfHeight));
      const shiftX = author.keep(f32x4.sub(tx, f32x4.mul(b, y)));
      const shiftY = author.keep(f32x4.add(f32x4.add(row, ty), f32x4.mul(a, y)));
      author.repeat(left, right, 4 * stride, (u) => {
        const column = author.keep(f32x4.add(f32x4.fromI32(i32x4.splatOf(u)), places));
        const x = author.keep(f32x4.sub(column, halfWidth));
        const toX = author.keep(f32x4.add(f32x4.add(column, shiftX), f32x4.mul(a, x)));
        const toY = author.keep(f32x4.add(shiftY, f32x4.mul(b, x)));
        const counted = author.keep(
          [within(toX, width), within(toY, height), f32x4.lessThan(column, limit)].reduce(v128.and),
        );
        const found = interpolate(author, now, level, toX, toY);
        const { middle, gx, gy } = gradients(author, author.keep(add(above, u)), width, stride);
        const only = (value: V128): V128 => author.keep(v128.and(value, counted));
        const r = only(f32x4.sub(found, middle));
        const [dx, dy] = [only(gx), only(gy)];
        const [xx, yy] = [author.keep(f32x4.mul(dx, dx)), author.keep(f32x4.mul(dy, dy))];
        const energy = author.keep(f32x4.add(xx, yy));
        const size = author.keep(f32x4.abs(r));
        const over = author.keep(f32x4.max(f32x4.sub(size, f32x4.splat(EXPLAINED_NOISE)), f32x4.splat(0)));
        const reach = f32x4.mul(energy, f32x4.splat(EXPLAINED_PIXELS_SQUARED));
        // In the order of BLOCK_SUMS.
        [
          v128.and(f32x4.splat(1), counted),
          dx,
          dy,
          r,
          xx,
          f32x4.mul(dx, dy),
          yy,
          f32x4.mul(dx, r),
          f32x4.mul(dy, r),
          f32x4.mul(r, r),
          v128.and(energy, f32x4.atMost(f32x4.mul(over, over), reach)),
          size,
        ].forEach((value, index) => {
          const sum = sums[index];
          sum?.set(f32x4.add(sum.value, value));
        });
      });
    });
    sums.forEach(({ value }, index) => author.store(out.value, value, 16 * index));
    out.set(add(out.value, constant(BLOCK_SUM_BYTES)));
  });
}

/** Whether a position has pixels on both sides, so that it can be interpolated. */
function within(place: V128, size: number): V128 {
  return v128.and(f32x4.atLeast(place, f32x4.splat(0)), f32x4.lessThan(place, f32x4.splat(size - 1)));
}

/** Bilinear interpolation at four positions. Positions outside the picture are moved inside; their results are not used. */
function interpolate(author: FunctionAuthor, picture: I32, level: LevelLayout, toX: V128, toY: V128): V128 {
  const { width, height } = level;
  const whole = (place: V128, size: number): V128 =>
    author.keep(i32x4.max(i32x4.min(i32x4.truncate(place), i32x4.splat(size - 2)), ZERO));
  const [wholeX, wholeY] = [whole(toX, width), whole(toY, height)];
  const fx = author.keep(f32x4.sub(toX, f32x4.fromI32(wholeX)));
  const fy = f32x4.sub(toY, f32x4.fromI32(wholeY));
  const pixels = author.keep(i32x4.add(i32x4.mul(wholeY, i32x4.splat(width)), wholeX));
  const addresses = LANES.map((lane) => author.keep(add(picture, i32x4.lane(pixels, lane))));
  // Two neighbouring pixels are the low bytes of a lane.
  const between = (offset: number): V128 => {
    const pair = author.keep(
      addresses.reduce((rest, address, lane) => v128.load16Lane(address, offset, 2 * lane, rest), ZERO),
    );
    const first = author.keep(f32x4.fromI32(v128.and(pair, BYTE)));
    return f32x4.add(first, f32x4.mul(f32x4.sub(f32x4.fromI32(i32x4.shiftRightUnsigned(pair, 8)), first), fx));
  };
  const upper = author.keep(between(0));
  return f32x4.add(upper, f32x4.mul(f32x4.sub(between(width), upper), fy));
}

/**
 * The luma of four pixels, `stride` apart, and its central differences.
 * @param above the address of the pixel above the first one
 */
function gradients(
  author: FunctionAuthor,
  above: I32,
  width: number,
  stride: number,
): { middle: V128; gx: V128; gy: V128 } {
  const row = author.keep(
    LANES.reduce<V128>((rest, lane) => v128.load32Lane(above, width - 1 + lane * stride, lane, rest), ZERO),
  );
  const single = (offset: number): V128 =>
    f32x4.fromI32(
      LANES.reduce<V128>((rest, lane) => v128.load8Lane(above, offset + lane * stride, 4 * lane, rest), ZERO),
    );
  const at = (byte: number): V128 => f32x4.fromI32(v128.and(i32x4.shiftRightUnsigned(row, 8 * byte), BYTE));
  const half = f32x4.splat(0.5);
  return {
    middle: at(1),
    gx: f32x4.mul(f32x4.sub(at(2), at(0)), half),
    gy: f32x4.mul(f32x4.sub(single(2 * width), single(0)), half),
  };
}
