import type { FunctionAuthor } from '../../../models/wasm/function-author.js';
import {
  add,
  constant,
  i16x8,
  i8x16,
  loadU16,
  subtract,
  times,
  v128,
  type V128,
} from '../../../models/wasm/instructions.js';
import type { LevelLayout } from './motion-layout.js';

/** Columns summed and pixels written per step: the bytes of a vector. */
const STEP = 16;
const EVEN = [0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29];
const ODD = EVEN.map((byte) => byte + 2);

/**
 * Halves a picture with the binomial weights 1 3 3 1 in both directions. Edges are repeated; an odd last row or column is
 * dropped. A side of one pixel gives one pixel without meaning.
 * The kernel's parameters are the addresses of the first pixel of the source and of the target.
 * @param columns address of the temporary column sums, beginning with the column left of the picture
 */
export function writeHalveKernel(
  author: FunctionAuthor,
  source: LevelLayout,
  target: LevelLayout,
  columns: number,
): void {
  const { width: across } = source;
  const from = author.parameter(0);
  const to = author.variable(author.parameter(1));
  author.repeat(from, add(from, constant(2 * target.height * across)), 2 * across, (row) => {
    const above = author.keep(subtract(row, constant(across)));
    author.repeat(constant(0), constant(across), STEP, (x) => {
      const at = author.keep(add(above, x));
      const rows = [0, 1, 2, 3].map((index) => author.keep(v128.load(at, index * across)));
      const sums = author.keep(times(x, 2));
      author.store(sums, binomial(rows.map(i16x8.extendLowUnsigned)), columns + 2);
      author.store(sums, binomial(rows.map(i16x8.extendHighUnsigned)), columns + 2 + STEP);
    });
    const ends = constant(columns);
    author.storeU16(ends, loadU16(ends, 2));
    author.storeU16(ends, loadU16(ends, 2 * across), 2 * (across + 1));
    author.repeat(constant(0), constant(target.width), STEP, (x) => {
      const at = author.keep(times(x, 4));
      const eight = (offset: number): V128 => {
        const [first, second, third, fourth] = [0, 16, 4, 20].map((bytes) =>
          author.keep(v128.load(at, columns + offset + bytes)),
        );
        if (!first || !second || !third || !fourth) return i16x8.splat(0);
        const sum = binomial([
          i8x16.shuffle(first, second, EVEN),
          i8x16.shuffle(first, second, ODD),
          i8x16.shuffle(third, fourth, EVEN),
          i8x16.shuffle(third, fourth, ODD),
        ]);
        return i16x8.shiftRightUnsigned(i16x8.add(sum, i16x8.splat(32)), 6);
      };
      author.store(add(to.value, x), i8x16.narrowUnsigned(eight(0), eight(32)));
    });
    to.set(add(to.value, constant(target.width)));
  });
}

/** Weights 1 3 3 1. */
function binomial([a, b, c, d]: readonly V128[]): V128 {
  if (!a || !b || !c || !d) throw new RangeError('four rows');
  return i16x8.add(i16x8.add(a, d), i16x8.mul(i16x8.add(b, c), i16x8.splat(3)));
}
