/** Room around a picture in memory: kernels step over a row's end by less than this. */
const MARGIN = 64;

/** Where the pictures of one size lie, in bytes. */
export interface LevelLayout {
  readonly width: number;
  readonly height: number;
  /** The first pixel of the picture in either pyramid. One row above and one below it are copies of its edges. */
  readonly luma: readonly [number, number];
}

/** What `residuals` says of a block: each the sum of four float32 numbers, in this order. */
export const BLOCK_SUMS = ['n', 'x', 'y', 'r', 'xx', 'xy', 'yy', 'xr', 'yr', 'rr', 'fitting', 'absolute'] as const;
export type BlockSum = (typeof BLOCK_SUMS)[number];
export const BLOCK_SUM_BYTES = BLOCK_SUMS.length * 16;
/** left, right, top and bottom of a block. */
export const BLOCK_BOUND_BYTES = 4 * 4;

/** Where everything of the motion estimate lies in its kernels' memory. */
export interface MotionLayout {
  /** The picture that the pyramids are made of, and its levels: each half of the one before. */
  readonly source: LevelLayout;
  readonly levels: readonly LevelLayout[];
  /** Sums down the columns of one row, 16 bits each. */
  readonly columns: number;
  /** The similarity's four numbers, float32. */
  readonly motion: number;
  /** Of each block of each level. */
  readonly bounds: readonly number[];
  readonly sums: number;
  readonly bytes: number;
}

export function motionLayout(width: number, height: number, levelCount: number, blocks: number): MotionLayout {
  let bytes = 0;
  const place = (size: number): number => {
    const at = bytes;
    bytes += Math.ceil(size / 16) * 16;
    return at;
  };
  const picture = (w: number, h: number): number => place(2 * MARGIN + (h + 2) * w) + MARGIN + w;
  const luma = picture(width, height);
  const levels = Array.from({ length: levelCount }, (_, level): LevelLayout => {
    const w = Math.max(1, width >> (level + 1));
    const h = Math.max(1, height >> (level + 1));
    return { width: w, height: h, luma: [picture(w, h), picture(w, h)] };
  });
  return {
    source: { width, height, luma: [luma, luma] },
    levels,
    columns: place(2 * (width + MARGIN)),
    motion: place(4 * 4),
    bounds: levels.map(() => place(blocks * BLOCK_BOUND_BYTES)),
    sums: place(blocks * BLOCK_SUM_BYTES),
    bytes,
  };
}
