import { BlockResiduals } from './block-residuals.js';
import { coarseSearch } from './coarse-search.js';
import type { LumaPyramid, PyramidLevel } from './luma-pyramid.js';
import { MotionKernels, type Similarity } from './motion-kernels.js';
import { BLOCKS } from './motion-layout.js';
import { SimilarityFit } from './similarity-fit.js';

/** How the whole picture moved; motion-columns.ts defines units and signs. */
export interface GlobalMotion {
  dx: number;
  dy: number;
  zoom: number;
  roll: number;
  support: number;
  residual: number;
}

/** Number of fits at each level, finest first. The smallest level serves only the whole-pixel search. */
const FITS = [1, 2, 0] as const;
const PYRAMID_LEVELS = FITS.length;
/** A level with a shorter side, in pixels, is too small for the grid of blocks. */
const MIN_SIDE = 24;
/** With a smaller share of textured blocks the motion is unknown. */
const MIN_TEXTURED = 0.1;

/**
 * Estimates the global motion between successive pictures of one video: a whole-pixel search on the smallest level, then,
 * from coarse to fine, the remaining displacement of every block and a robust fit of a similarity through them. Outliers
 * are rejected by block, not by pixel: over one frame the pixels of a slow object are lost in noise, while the mean
 * displacement of its block stands out.
 */
export class GlobalMotionEstimator {
  private readonly blocks: BlockResiduals;
  private readonly fit = new SimilarityFit();
  private readonly motion: Similarity = { tx: 0, ty: 0, a: 0, b: 0 };
  private readonly step: Similarity = { tx: 0, ty: 0, a: 0, b: 0 };
  private readonly start = { x: 0, y: 0 };

  private before: LumaPyramid;
  private now: LumaPyramid;
  private first = true;

  constructor(width: number, height: number) {
    const kernels = new MotionKernels(width, height, PYRAMID_LEVELS);
    this.blocks = new BlockResiduals(kernels);
    [this.before, this.now] = kernels.pyramids;
  }

  /**
   * @param luma height × width
   * @param result receives the motion since the previous picture; zeros for the first one
   */
  update(luma: Uint8Array, result: GlobalMotion): void {
    const { before, now } = this;
    now.build(luma);
    if (this.first) result.dx = result.dy = result.zoom = result.roll = result.support = result.residual = 0;
    else this.estimate(before, now, result);
    this.first = false;
    this.before = now;
    this.now = before;
  }

  private estimate(previous: LumaPyramid, current: LumaPyramid, result: GlobalMotion): void {
    const { motion, start } = this;
    motion.tx = motion.ty = motion.a = motion.b = 0;
    let lastWidth = 0;
    for (let index = PYRAMID_LEVELS - 1; index >= 0; index -= 1) {
      const before = previous.levels[index];
      const now = current.levels[index];
      if (!before || !now) continue;
      if (lastWidth === 0) {
        coarseSearch(before, now, start);
        motion.tx = start.x;
        motion.ty = start.y;
      } else {
        motion.tx *= before.width / lastWidth;
        motion.ty *= before.width / lastWidth;
      }
      lastWidth = before.width;
      if (Math.min(before.width, before.height) >= MIN_SIDE) this.refine(before, now, FITS[index] ?? 0);
      if (index === 0) this.report(before, now, result);
    }
  }

  private refine(previous: PyramidLevel, current: PyramidLevel, fits: number): void {
    const { blocks, motion, step } = this;
    for (let i = 0; i < fits; i += 1) {
      blocks.compare(previous, current, motion);
      this.fit.fit(blocks, step, i === 0);
      // Composition of two small similarities, without their product, which is far below a pixel.
      motion.tx += step.tx;
      motion.ty += step.ty;
      motion.a += step.a;
      motion.b += step.b;
    }
  }

  private report(previous: PyramidLevel, current: PyramidLevel, result: GlobalMotion): void {
    const { motion, blocks } = this;
    blocks.compare(previous, current, motion);
    let textured = 0;
    let explained = 0;
    for (const share of blocks.explained) {
      if (share < 0) continue;
      textured += 1;
      explained += share;
    }
    const known = textured >= MIN_TEXTURED * BLOCKS;
    result.dx = known ? motion.tx / previous.width : 0;
    result.dy = known ? motion.ty / previous.height : 0;
    result.zoom = known ? Math.log(Math.hypot(1 + motion.a, motion.b)) : 0;
    result.roll = known ? Math.atan2(motion.b, 1 + motion.a) : 0;
    result.support = known ? explained / textured : 0;
    result.residual = blocks.meanAbsolute;
  }
}
