import type { Size } from '../picture/picture-geometry.js';

/** Number of blocks across and down: large enough to average out noise, small enough that an object covers only a few. */
const ACROSS = 8;
const DOWN = 6;
export const BLOCKS = ACROSS * DOWN;

interface Bounds {
  readonly left: number;
  /** The first column after the block. */
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The pixels of a block. Those at the picture's edge have no gradient and belong to no block. */
export function boundsOf(block: number, { width, height }: Size): Bounds {
  const column = block % ACROSS;
  const row = (block - column) / ACROSS;
  return {
    left: Math.max(1, Math.floor((column * width) / ACROSS)),
    right: Math.min(width - 1, Math.floor(((column + 1) * width) / ACROSS)),
    top: Math.max(1, Math.floor((row * height) / DOWN)),
    bottom: Math.min(height - 1, Math.floor(((row + 1) * height) / DOWN)),
  };
}

/** Bytes around a picture in memory: kernels read past the end of a row by less than this. */
const MARGIN = 64;

/** Where the pictures of one size lie in memory, in bytes. */
export interface LevelLayout {
  readonly width: number;
  readonly height: number;
  /** Address of the first pixel in either pyramid. The rows above and below the picture are copies of its edges. */
  readonly luma: readonly [number, number];
}

/** The results of the residual kernel for a block, in this order: each is the sum of four float32 numbers. */
export const BLOCK_SUMS = ['n', 'x', 'y', 'r', 'xx', 'xy', 'yy', 'xr', 'yr', 'rr', 'fitting', 'absolute'] as const;
export type BlockSum = (typeof BLOCK_SUMS)[number];
export const BLOCK_SUM_BYTES = BLOCK_SUMS.length * 16;
/** Left, right, top and bottom of a block, 32 bits each. */
export const BLOCK_BOUND_BYTES = 4 * 4;

/** Addresses of all data of the motion estimate in its kernels' memory. */
export interface MotionLayout {
  /** The full-size picture, and the pyramid's levels: each has half the size of the one before. */
  readonly source: LevelLayout;
  readonly levels: readonly LevelLayout[];
  /** Temporary sums of the columns of one row, 16 bits each. */
  readonly columns: number;
  /** The four numbers of the similarity, float32. */
  readonly motion: number;
  /** For each level, the bounds of its blocks. */
  readonly bounds: readonly number[];
  readonly sums: number;
  readonly bytes: number;
}

export function motionLayout(width: number, height: number, levelCount: number): MotionLayout {
  let bytes = 0;
  const allocate = (size: number): number => {
    const at = bytes;
    bytes += Math.ceil(size / 16) * 16;
    return at;
  };
  const picture = (w: number, h: number): number => allocate(2 * MARGIN + (h + 2) * w) + MARGIN + w;
  const luma = picture(width, height);
  const levels = Array.from({ length: levelCount }, (_, level): LevelLayout => {
    const w = Math.max(1, width >> (level + 1));
    const h = Math.max(1, height >> (level + 1));
    return { width: w, height: h, luma: [picture(w, h), picture(w, h)] };
  });
  return {
    source: { width, height, luma: [luma, luma] },
    levels,
    columns: allocate(2 * (width + MARGIN)),
    motion: allocate(4 * 4),
    bounds: levels.map(() => allocate(BLOCKS * BLOCK_BOUND_BYTES)),
    sums: allocate(BLOCKS * BLOCK_SUM_BYTES),
    bytes,
  };
}
