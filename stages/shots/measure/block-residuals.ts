import type { PyramidLevel } from './luma-pyramid.js';
import type { Similarity } from './similarity.js';

/** Blocks across and down: large enough to average noise away, small enough that an object leaves most of them alone. */
const ACROSS = 8;
const DOWN = 6;
export const BLOCKS = ACROSS * DOWN;
/** Points visited at a level; more buy no accuracy, and a portrait picture must not cost three times a landscape one. */
const POINTS = 2400;
/** Mean squared gradient below which a block has no texture to follow; 8-bit rounding alone makes about 0.1. */
const TEXTURE_FLOOR = 0.5;
/** A residual is explained when half a pixel of misplacement, or coding noise, would make it. */
const EXPLAINED_PIXELS_SQUARED = 0.25;
const EXPLAINED_NOISE = 3;
/** A block that left most of its points outside the picture knows too little. */
const LEAST_POINTS = 12;

/**
 * What a similarity leaves over, block by block: how far each block would still have to move (one Lucas-Kanade step with
 * the block's own brightness offset, so flashes and fades do not look like motion) and how surely.
 * One instance is reused; nothing is allocated while it works.
 */
export class BlockResiduals {
  /** Block centres, from the picture's centre. */
  readonly x = new Float64Array(BLOCKS);
  readonly y = new Float64Array(BLOCKS);
  /** Remaining displacement in pixels. */
  readonly dx = new Float64Array(BLOCKS);
  readonly dy = new Float64Array(BLOCKS);
  /** Structure tensor: summed squared gradients, what is known about the displacement in each direction. */
  readonly xx = new Float64Array(BLOCKS);
  readonly xy = new Float64Array(BLOCKS);
  readonly yy = new Float64Array(BLOCKS);
  /** Luma variance that no displacement of the block explains. */
  readonly noise = new Float64Array(BLOCKS);
  /** Share of the block's texture that already fits, 0..1; -1 for a block without texture. */
  readonly explained = new Float64Array(BLOCKS);
  meanAbsolute = 0;

  compare(previous: PyramidLevel, current: PyramidLevel, motion: Similarity): void {
    const { width, height } = previous;
    const stride = Math.max(1, Math.round(Math.sqrt((width * height) / POINTS)));
    let points = 0;
    let absolute = 0;
    for (let block = 0; block < BLOCKS; block += 1) {
      const column = block % ACROSS;
      const row = (block - column) / ACROSS;
      const left = Math.max(1, Math.floor((column * width) / ACROSS));
      const right = Math.min(width - 1, Math.floor(((column + 1) * width) / ACROSS));
      const top = Math.max(1, Math.floor((row * height) / DOWN));
      const bottom = Math.min(height - 1, Math.floor(((row + 1) * height) / DOWN));
      const count = this.compareBlock(previous, current, motion, block, stride, left, right, top, bottom);
      points += count;
      absolute += this.blockAbsolute;
    }
    this.meanAbsolute = points === 0 ? 0 : absolute / points;
  }

  private blockAbsolute = 0;

  private compareBlock(
    previous: PyramidLevel,
    current: PyramidLevel,
    motion: Similarity,
    block: number,
    stride: number,
    left: number,
    right: number,
    top: number,
    bottom: number,
  ): number {
    const { width, height, luma: before } = previous;
    const now = current.luma;
    const { tx, ty, a, b } = motion;
    const centreX = (width - 1) / 2;
    const centreY = (height - 1) / 2;
    let n = 0, sx = 0, sy = 0, sr = 0, sxx = 0, sxy = 0, syy = 0, sxr = 0, syr = 0, srr = 0; // prettier-ignore
    let fitting = 0;
    let absolute = 0;
    for (let v = top; v < bottom; v += stride) {
      const y = v - centreY;
      for (let u = left; u < right; u += stride) {
        const x = u - centreX;
        const toX = u + tx + a * x - b * y;
        const toY = v + ty + b * x + a * y;
        if (toX < 0 || toY < 0 || toX >= width - 1 || toY >= height - 1) continue;
        const wholeX = toX | 0;
        const wholeY = toY | 0;
        const fx = toX - wholeX;
        const fy = toY - wholeY;
        const from = wholeY * width + wholeX;
        const n00 = now[from] ?? 0;
        const n10 = now[from + width] ?? 0;
        const upper = n00 + ((now[from + 1] ?? 0) - n00) * fx;
        const lower = n10 + ((now[from + width + 1] ?? 0) - n10) * fx;
        const at = v * width + u;
        const r = upper + (lower - upper) * fy - (before[at] ?? 0);
        const gx = ((before[at + 1] ?? 0) - (before[at - 1] ?? 0)) / 2;
        const gy = ((before[at + width] ?? 0) - (before[at - width] ?? 0)) / 2;
        const size = r < 0 ? -r : r;
        const energy = gx * gx + gy * gy;
        const over = size - EXPLAINED_NOISE;
        if (over <= 0 || over * over <= EXPLAINED_PIXELS_SQUARED * energy) fitting += energy;
        absolute += size;
        n += 1;
        sx += gx;
        sy += gy;
        sr += r;
        sxx += gx * gx;
        sxy += gx * gy;
        syy += gy * gy;
        sxr += gx * r;
        syr += gy * r;
        srr += r * r;
      }
    }
    this.blockAbsolute = absolute;
    this.x[block] = (left + right - 1) / 2 - centreX;
    this.y[block] = (top + bottom - 1) / 2 - centreY;
    const texture = sxx + syy;
    if (n < LEAST_POINTS || texture < TEXTURE_FLOOR * n) {
      this.xx[block] = this.xy[block] = this.yy[block] = this.dx[block] = this.dy[block] = this.noise[block] = 0;
      this.explained[block] = -1;
      return n;
    }
    // The block's mean taken out, as a free brightness offset would.
    const xx = sxx - (sx * sx) / n;
    const xy = sxy - (sx * sy) / n;
    const yy = syy - (sy * sy) / n;
    const xr = sxr - (sx * sr) / n;
    const yr = syr - (sy * sr) / n;
    const rr = srr - (sr * sr) / n;
    // Solve for the step; a ridge of a hundredth of the trace keeps a block with one edge from sliding along it.
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
    this.explained[block] = fitting / texture;
    return n;
  }
}
