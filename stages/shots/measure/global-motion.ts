import { Alignment, type Similarity } from './alignment.js';
import { coarseSearch } from './coarse-search.js';
import type { LumaPyramid, PyramidLevel } from './luma-pyramid.js';
import { solveSymmetric } from './solve-symmetric.js';

/** How the whole picture moved; motion-columns.ts tells the units and signs. */
export interface GlobalMotion {
  dx: number;
  dy: number;
  zoom: number;
  roll: number;
  support: number;
  residual: number;
}

/** Gauss-Newton steps at each level, finest first: the fine levels start next to the answer. */
const STEPS = [2, 2, 3] as const;
export const PYRAMID_LEVELS = STEPS.length;
/** Luma steps that coding noise alone makes: the robust scale never falls below it. */
const NOISE = 1;
/** From the median |residual| to a standard deviation, and the usual 2.4 of them before a point counts as an outlier. */
const LIMIT_PER_MEDIAN = 1.4826 * 2.4;
/** Squared gradient a point that costs nothing to claim: keeps what the texture does not determine at zero. */
const PRIOR = 0.02;
/** Mean squared gradient below which a picture has no texture to follow (8-bit rounding alone makes about 0.1). */
const TEXTURE_FLOOR = 0.25;
/** Below this many pixels a level holds too little to fit five numbers. */
const SMALLEST_SIDE = 8;

/**
 * Robust multi-resolution estimate of the global motion (Odobez and Bouthemy, 1995; here a similarity, a brightness
 * offset for flashes and fades, and Geman-McClure weights): an exhaustive whole-pixel search on the smallest level, then
 * Gauss-Newton from coarse to fine. Things that move by themselves become outliers while they hold less than half of
 * the picture.
 */
export class GlobalMotionEstimator {
  private readonly alignment = new Alignment();
  private readonly motion: Similarity = { tx: 0, ty: 0, a: 0, b: 0, offset: 0 };
  private readonly start = { x: 0, y: 0 };

  estimate(previous: LumaPyramid, current: LumaPyramid, result: GlobalMotion): void {
    const { motion, start, alignment } = this;
    motion.tx = motion.ty = motion.a = motion.b = motion.offset = 0;
    let lastWidth = 0;
    for (let index = PYRAMID_LEVELS - 1; index >= 0; index -= 1) {
      const before = previous.levels[index];
      const now = current.levels[index];
      if (!before || !now || before.width < SMALLEST_SIDE || before.height < SMALLEST_SIDE) continue;
      if (lastWidth === 0) {
        coarseSearch(before, now, start);
        motion.tx = start.x;
        motion.ty = start.y;
      } else {
        motion.tx *= before.width / lastWidth;
        motion.ty *= before.width / lastWidth;
      }
      lastWidth = before.width;
      this.refine(before, now, STEPS[index] ?? 1);
      if (index > 0) continue;
      alignment.compare(before, now, motion, NOISE);
      this.report(before, result);
    }
    if (lastWidth === 0 || alignment.count === 0) forget(result);
  }

  private refine(previous: PyramidLevel, current: PyramidLevel, steps: number): void {
    const { alignment, motion } = this;
    const { hessian, gradient } = alignment;
    // Before it is known how large residuals are, weigh generously.
    let limit = 20;
    for (let step = 0; step < steps; step += 1) {
      alignment.compare(previous, current, motion, limit);
      limit = LIMIT_PER_MEDIAN * Math.max(NOISE, alignment.medianResidual());
      const prior = PRIOR * alignment.count;
      const spread = (previous.width * previous.width) / 12;
      addAt(hessian, 0, prior);
      addAt(hessian, 5, prior);
      addAt(hessian, 9, prior * spread);
      addAt(hessian, 12, prior * spread);
      addAt(hessian, 14, prior);
      if (!solveSymmetric(hessian, gradient)) return;
      motion.tx -= gradient[0] ?? 0;
      motion.ty -= gradient[1] ?? 0;
      motion.a -= gradient[2] ?? 0;
      motion.b -= gradient[3] ?? 0;
      motion.offset -= gradient[4] ?? 0;
    }
  }

  private report(level: PyramidLevel, result: GlobalMotion): void {
    const { motion, alignment } = this;
    if (alignment.count === 0 || alignment.texture / alignment.count < TEXTURE_FLOOR) {
      forget(result);
      result.residual = alignment.count === 0 ? 0 : alignment.absoluteResidual / alignment.count;
      return;
    }
    result.dx = motion.tx / level.width;
    result.dy = motion.ty / level.height;
    result.zoom = Math.log(Math.hypot(1 + motion.a, motion.b));
    result.roll = Math.atan2(motion.b, 1 + motion.a);
    result.support = alignment.explained / alignment.texture;
    result.residual = alignment.absoluteResidual / alignment.count;
  }
}

function addAt(values: Float64Array, index: number, amount: number): void {
  values[index] = (values[index] ?? 0) + amount;
}

function forget(result: GlobalMotion): void {
  result.dx = result.dy = result.zoom = result.roll = result.support = result.residual = 0;
}
