import type { MotionKernels, Similarity } from './motion-kernels.js';
import { BLOCKS, BLOCK_SUMS, boundsOf, type BlockSum } from './motion-layout.js';
import type { PyramidLevel } from './luma-pyramid.js';

/** Mean squared gradient below which a block has no texture to follow. 8-bit rounding alone gives about 0.1. */
const TEXTURE_FLOOR = 0.5;
/** Fewer points than this inside the other picture do not determine a block's displacement. */
const MIN_POINTS = 12;

/**
 * What a similarity leaves unexplained, block by block: how far each block would still have to move, and how certain that
 * is. It makes one Lucas-Kanade step with a brightness offset per block, so that flashes and fades do not look like motion.
 * One instance is reused for all frames; `compare` allocates nothing.
 */
export class BlockResiduals {
  /** Centres of the blocks of the level that was compared last, relative to the picture's centre. */
  x = new Float64Array(BLOCKS);
  y = new Float64Array(BLOCKS);
  /** Remaining displacement in pixels. */
  readonly dx = new Float64Array(BLOCKS);
  readonly dy = new Float64Array(BLOCKS);
  /** Structure tensor: the sums of squared gradients, which say how well the displacement is known in each direction. */
  readonly xx = new Float64Array(BLOCKS);
  readonly xy = new Float64Array(BLOCKS);
  readonly yy = new Float64Array(BLOCKS);
  /** Luma variance that a displacement of the block does not explain. */
  readonly noise = new Float64Array(BLOCKS);
  /** Share of the block's texture that the similarity explains, 0..1; -1 for a block without texture. */
  readonly explained = new Float64Array(BLOCKS);
  meanAbsolute = 0;

  private readonly centres: readonly Centres[];

  constructor(private readonly kernels: MotionKernels) {
    this.centres = kernels.pyramids[0].levels.map(centresOf);
  }

  compare(previous: PyramidLevel, current: PyramidLevel, motion: Similarity): void {
    const sums = this.kernels.compare(previous, current, motion);
    ({ x: this.x, y: this.y } = this.centres[previous.index] ?? this);
    let points = 0;
    let absolute = 0;
    for (let block = 0; block < BLOCKS; block += 1) {
      points += this.solve(block, sums);
      absolute += sum(sums, block, 'absolute');
    }
    this.meanAbsolute = points === 0 ? 0 : absolute / points;
  }

  private solve(block: number, sums: Float32Array): number {
    const n = sum(sums, block, 'n');
    const sxx = sum(sums, block, 'xx');
    const syy = sum(sums, block, 'yy');
    const texture = sxx + syy;
    if (n < MIN_POINTS || texture < TEXTURE_FLOOR * n) {
      this.xx[block] = this.xy[block] = this.yy[block] = this.dx[block] = this.dy[block] = this.noise[block] = 0;
      this.explained[block] = -1;
      return n;
    }
    // Subtracting the block's means is equivalent to a free brightness offset.
    const sx = sum(sums, block, 'x');
    const sy = sum(sums, block, 'y');
    const sr = sum(sums, block, 'r');
    const xx = sxx - (sx * sx) / n;
    const xy = sum(sums, block, 'xy') - (sx * sy) / n;
    const yy = syy - (sy * sy) / n;
    const xr = sum(sums, block, 'xr') - (sx * sr) / n;
    const yr = sum(sums, block, 'yr') - (sy * sr) / n;
    const rr = sum(sums, block, 'rr') - (sr * sr) / n;
    // Solve for the step. A ridge of a hundredth of the trace keeps a block with a single edge from sliding along it.
    const ridge = 0.01 * (xx + yy) + 1e-6;
    const determinant = (xx + ridge) * (yy + ridge) - xy * xy;
    const dx = -((yy + ridge) * xr - xy * yr) / determinant;
    const dy = -((xx + ridge) * yr - xy * xr) / determinant;
    this.dx[block] = dx;
    this.dy[block] = dy;
    this.xx[block] = xx;
    this.xy[block] = xy;
    this.yy[block] = yy;
    this.noise[block] = Math.max(0, rr + dx * xr + dy * yr) / n;
    this.explained[block] = sum(sums, block, 'fitting') / texture;
    return n;
  }
}

type Centres = Pick<BlockResiduals, 'x' | 'y'>;

function centresOf(level: PyramidLevel): Centres {
  const bounds = Array.from({ length: BLOCKS }, (_, block) => boundsOf(block, level));
  return {
    x: Float64Array.from(bounds, ({ left, right }) => (left + right - level.width) / 2),
    y: Float64Array.from(bounds, ({ top, bottom }) => (top + bottom - level.height) / 2),
  };
}

const SUM_INDEX = Object.fromEntries(BLOCK_SUMS.map((name, index) => [name, index])) as Record<BlockSum, number>;

function sum(sums: Float32Array, block: number, name: BlockSum): number {
  const at = 4 * (block * BLOCK_SUMS.length + SUM_INDEX[name]);
  return (sums[at] ?? 0) + (sums[at + 1] ?? 0) + (sums[at + 2] ?? 0) + (sums[at + 3] ?? 0);
}
