import type { BlockResiduals } from './block-residuals.js';
import type { Similarity } from './motion-kernels.js';
import { BLOCKS } from './motion-layout.js';

/** The least luma variance that coding noise causes. */
const NOISE_FLOOR = 0.3;
/** Squared distance in pixels by which parallax and lenses make a block miss the model. It limits the weight of one block. */
const MISS_SQUARED = 0.005;
/** Squared normalised distance at which a block's pull is halved, and above which its cost in the search is constant. */
const OUTLIER = 9;
const REWEIGHTINGS = 3;

/**
 * Fits a similarity to the displacements of the blocks. Blocks are weighted by area and certainty, not by contrast. Blocks
 * that move differently are rejected as outliers: the fit starts from the best of many candidates (no motion, the
 * translation of each block, pairs of distant blocks) and continues with least squares, reweighted after Geman and McClure.
 */
export class SimilarityFit {
  private readonly xx = new Float64Array(BLOCKS);
  private readonly xy = new Float64Array(BLOCKS);
  private readonly yy = new Float64Array(BLOCKS);
  private readonly sorted = new Float64Array(BLOCKS);
  private readonly hessian = new Float64Array(10);
  private readonly right = new Float64Array(4);
  private readonly candidate: Similarity = { tx: 0, ty: 0, a: 0, b: 0 };

  /**
   * @param step receives what is to be added to the motion
   * @param search whether to start from the best candidate; false when the result is known to be near zero
   */
  fit(blocks: BlockResiduals, step: Similarity, search: boolean): void {
    step.tx = step.ty = step.a = step.b = 0;
    this.weigh(blocks);
    if (search) this.search(blocks, step);
    for (let i = 0; i < REWEIGHTINGS; i += 1) this.reweight(blocks, step);
  }

  /** Certainty of each block: (σ² H⁻¹ + miss² I)⁻¹, with the median noise of all blocks for σ². */
  private weigh(blocks: BlockResiduals): void {
    let textured = 0;
    for (let i = 0; i < BLOCKS; i += 1)
      if ((blocks.explained[i] ?? -1) >= 0) this.sorted[textured++] = blocks.noise[i] ?? 0;
    const noise = Math.max(NOISE_FLOOR, median(this.sorted.subarray(0, textured)));
    for (let i = 0; i < BLOCKS; i += 1) {
      const xx = (blocks.xx[i] ?? 0) / noise;
      const xy = (blocks.xy[i] ?? 0) / noise;
      const yy = (blocks.yy[i] ?? 0) / noise;
      const p = 1 + MISS_SQUARED * xx;
      const q = MISS_SQUARED * xy;
      const r = 1 + MISS_SQUARED * yy;
      const determinant = p * r - q * q;
      this.xx[i] = (xx * r - xy * q) / determinant;
      this.xy[i] = (xy * p - xx * q) / determinant;
      this.yy[i] = (yy * p - xy * q) / determinant;
    }
  }

  private search(blocks: BlockResiduals, best: Similarity): void {
    const { candidate } = this;
    let least = this.cost(blocks, best, Infinity);
    const consider = (): void => {
      const cost = this.cost(blocks, candidate, least);
      if (cost >= least) return;
      least = cost;
      Object.assign(best, candidate);
    };
    for (let i = 0; i < BLOCKS; i += 1) {
      if ((blocks.explained[i] ?? -1) < 0) continue;
      candidate.tx = blocks.dx[i] ?? 0;
      candidate.ty = blocks.dy[i] ?? 0;
      candidate.a = candidate.b = 0;
      consider();
      // The partner lies half a picture further on; the odd offset keeps it from always being directly below.
      const j = (i + BLOCKS / 2 + 3) % BLOCKS;
      if ((blocks.explained[j] ?? -1) < 0) continue;
      const x = (blocks.x[i] ?? 0) - (blocks.x[j] ?? 0);
      const y = (blocks.y[i] ?? 0) - (blocks.y[j] ?? 0);
      const dx = (blocks.dx[i] ?? 0) - (blocks.dx[j] ?? 0);
      const dy = (blocks.dy[i] ?? 0) - (blocks.dy[j] ?? 0);
      const square = x * x + y * y;
      candidate.a = (dx * x + dy * y) / square;
      candidate.b = (dy * x - dx * y) / square;
      candidate.tx = (blocks.dx[i] ?? 0) - candidate.a * (blocks.x[i] ?? 0) + candidate.b * (blocks.y[i] ?? 0);
      candidate.ty = (blocks.dy[i] ?? 0) - candidate.b * (blocks.x[i] ?? 0) - candidate.a * (blocks.y[i] ?? 0);
      consider();
    }
  }

  private distance(blocks: BlockResiduals, i: number, model: Similarity): number {
    const x = blocks.x[i] ?? 0;
    const y = blocks.y[i] ?? 0;
    const ex = (blocks.dx[i] ?? 0) - model.tx - model.a * x + model.b * y;
    const ey = (blocks.dy[i] ?? 0) - model.ty - model.b * x - model.a * y;
    return (this.xx[i] ?? 0) * ex * ex + 2 * (this.xy[i] ?? 0) * ex * ey + (this.yy[i] ?? 0) * ey * ey;
  }

  private cost(blocks: BlockResiduals, model: Similarity, limit: number): number {
    let sum = 0;
    for (let i = 0; i < BLOCKS && sum < limit; i += 1) {
      const distance = this.distance(blocks, i, model);
      sum += distance < OUTLIER ? distance : OUTLIER;
    }
    return sum;
  }

  private reweight(blocks: BlockResiduals, model: Similarity): void {
    const { hessian, right } = this;
    hessian.fill(0);
    right.fill(0);
    for (let i = 0; i < BLOCKS; i += 1) {
      const pull = OUTLIER / (OUTLIER + this.distance(blocks, i, model));
      const w = pull * pull;
      const xx = w * (this.xx[i] ?? 0);
      const xy = w * (this.xy[i] ?? 0);
      const yy = w * (this.yy[i] ?? 0);
      const x = blocks.x[i] ?? 0;
      const y = blocks.y[i] ?? 0;
      const rx = xx * (blocks.dx[i] ?? 0) + xy * (blocks.dy[i] ?? 0);
      const ry = xy * (blocks.dx[i] ?? 0) + yy * (blocks.dy[i] ?? 0);
      // Columns of the Jacobian: (1, 0), (0, 1), (x, y), (-y, x).
      const gx = xx * x + xy * y;
      const gy = xy * x + yy * y;
      const tx = xy * x - xx * y;
      const ty = yy * x - xy * y;
      addTo(hessian, 0, xx);
      addTo(hessian, 1, xy);
      addTo(hessian, 2, gx);
      addTo(hessian, 3, tx);
      addTo(hessian, 4, yy);
      addTo(hessian, 5, gy);
      addTo(hessian, 6, ty);
      addTo(hessian, 7, gx * x + gy * y);
      addTo(hessian, 8, tx * x + ty * y);
      addTo(hessian, 9, ty * x - tx * y);
      addTo(right, 0, rx);
      addTo(right, 1, ry);
      addTo(right, 2, rx * x + ry * y);
      addTo(right, 3, ry * x - rx * y);
    }
    // A prior with the weight of one hundredth of a certain block without motion: what no block determines stays zero.
    const prior = 0.01 / MISS_SQUARED;
    const reach = (blocks.x[0] ?? 0) ** 2;
    addTo(hessian, 0, prior);
    addTo(hessian, 4, prior);
    addTo(hessian, 7, prior * reach);
    addTo(hessian, 9, prior * reach);
    if (!solveSymmetric(hessian, right)) return;
    model.tx = right[0] ?? 0;
    model.ty = right[1] ?? 0;
    model.a = right[2] ?? 0;
    model.b = right[3] ?? 0;
  }
}

function addTo(values: Float64Array, index: number, amount: number): void {
  values[index] = (values[index] ?? 0) + amount;
}

function median(values: Float64Array): number {
  values.sort();
  return values[values.length >> 1] ?? 0;
}

/**
 * Solves A x = b in place by Cholesky's method, for a small symmetric positive definite A.
 *
 * @param upper the upper triangle of A, row by row, n (n + 1) / 2 numbers; overwritten
 * @param right b, n numbers; overwritten with x
 * @returns false when A is not positive definite, because the picture does not determine the motion
 */
function solveSymmetric(upper: Float64Array, right: Float64Array): boolean {
  const n = right.length;
  const at = (row: number, column: number): number => row * n - (row * (row - 1)) / 2 + column - row;
  for (let row = 0; row < n; row += 1) {
    for (let column = row; column < n; column += 1) {
      let sum = upper[at(row, column)] ?? 0;
      for (let k = 0; k < row; k += 1) sum -= (upper[at(k, row)] ?? 0) * (upper[at(k, column)] ?? 0);
      if (column > row) {
        upper[at(row, column)] = sum / (upper[at(row, row)] ?? 1);
      } else {
        if (!(sum > 1e-9)) return false;
        upper[at(row, row)] = Math.sqrt(sum);
      }
    }
  }
  for (let row = 0; row < n; row += 1) {
    let sum = right[row] ?? 0;
    for (let k = 0; k < row; k += 1) sum -= (upper[at(k, row)] ?? 0) * (right[k] ?? 0);
    right[row] = sum / (upper[at(row, row)] ?? 1);
  }
  for (let row = n - 1; row >= 0; row -= 1) {
    let sum = right[row] ?? 0;
    for (let k = row + 1; k < n; k += 1) sum -= (upper[at(row, k)] ?? 0) * (right[k] ?? 0);
    right[row] = sum / (upper[at(row, row)] ?? 1);
  }
  return true;
}
