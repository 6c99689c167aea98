import type { BlockResiduals } from './block-residuals.js';
import { BLOCKS } from './motion-blocks.js';
import type { Similarity } from './similarity.js';
import { solveSymmetric } from './solve-symmetric.js';

/** Luma variance that coding noise makes at the least. */
const NOISE_FLOOR = 0.3;
/** Pixels by which a block may miss the model: parallax and lenses. It bounds what one busy block can weigh. */
const MISS_SQUARED = 0.005;
/** Squared normalised distance at which a block's pull is halved and beyond which a candidate pays no more. */
const OUTLIER = 9;
const REWEIGHTINGS = 3;

/**
 * Fits a similarity to the displacements of the blocks. Blocks count by area and certainty, not by contrast; those that
 * move otherwise are outvoted: first the best of many candidates (standing still, each block's own translation, pairs of
 * distant blocks), then least squares reweighted after Geman and McClure.
 */
export class SimilarityFit {
  private readonly xx = new Float64Array(BLOCKS);
  private readonly xy = new Float64Array(BLOCKS);
  private readonly yy = new Float64Array(BLOCKS);
  private readonly sorted = new Float64Array(BLOCKS);
  private readonly hessian = new Float64Array(10);
  private readonly right = new Float64Array(4);
  private readonly candidate: Similarity = { tx: 0, ty: 0, a: 0, b: 0 };

  /** @param step receives what is to be added to the motion. @param search false: the answer is near zero already */
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
      // The block half a picture further on, and with an odd offset so that the partner is not always straight below.
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
    // Worth one hundredth of a sure block at rest: what no block knows stays zero.
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
