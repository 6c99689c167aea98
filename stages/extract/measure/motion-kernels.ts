import { compileKernels, openKernels, type Draft } from '../../../models/wasm/kernel.js';
import { writeHalveKernel } from './halve-kernel.js';
import { LumaPyramid, type PyramidLevel } from './luma-pyramid.js';
import { BLOCKS, BLOCK_SUMS, boundsOf, motionLayout, type MotionLayout } from './motion-layout.js';
import { writeResidualKernel } from './residual-kernel.js';
import { ModuleCache } from './module-cache.js';

/** Points visited per level. More do not improve the accuracy, and a portrait picture must not cost three times a landscape one. */
const POINTS = 2400;

const modules = new ModuleCache();

/**
 * Maps the previous picture onto the current one, in pixels of a pyramid level relative to its centre: the point (x, y)
 * moves to (x + tx + a x - b y, y + ty + b x + a y).
 */
export interface Similarity {
  tx: number;
  ty: number;
  a: number;
  b: number;
}

/** The compiled loops over the pixels of pictures of one size, and the memory that holds the pictures. */
export class MotionKernels {
  /** The previous and the current frame, in alternating order. */
  readonly pyramids: readonly [LumaPyramid, LumaPyramid];
  private readonly residuals: readonly ((before: number, now: number) => void)[];
  private readonly motion: Float32Array;
  private readonly sums: Float32Array;

  constructor(width: number, height: number, levelCount: number) {
    const layout = motionLayout(width, height, levelCount);
    const module = modules.get(`${width} ${height} ${levelCount}`, () =>
      compileKernels(layout.bytes, Object.fromEntries(layout.levels.flatMap((_, index) => draftsOf(layout, index)))),
    );
    const kernels = openKernels(module);
    const { memory } = kernels;
    const halve = layout.levels.map((_, index) => kernels.function(halveName(index)));
    this.residuals = layout.levels.map((_, index) => kernels.function(residualName(index)));
    this.pyramids = [new LumaPyramid(memory, layout, 0, halve), new LumaPyramid(memory, layout, 1, halve)];
    this.motion = new Float32Array(memory.buffer, layout.motion, 4);
    this.sums = new Float32Array(memory.buffer, layout.sums, BLOCKS * BLOCK_SUMS.length * 4);
    layout.levels.forEach((level, index) => {
      const table = new Int32Array(memory.buffer, layout.bounds[index], BLOCKS * 4);
      for (let block = 0; block < BLOCKS; block += 1) {
        const { left, right, top, bottom } = boundsOf(block, level);
        // A kernel's loops run at least once, but points past the right bound are left out: give a block without rows no columns.
        table.set([left, top < bottom ? right : left, top, bottom], 4 * block);
      }
    });
  }

  /** @returns four partial sums of each of BLOCK_SUMS for each block; valid until the next call */
  compare(before: PyramidLevel, now: PyramidLevel, { tx, ty, a, b }: Similarity): Float32Array {
    const { motion } = this;
    motion[0] = tx;
    motion[1] = ty;
    motion[2] = a;
    motion[3] = b;
    this.residuals[before.index]?.(before.address, now.address);
    return this.sums;
  }
}

const halveName = (level: number): string => `halve${level}`;
const residualName = (level: number): string => `residuals${level}`;

/** The kernel that halves the level before into this one, and the kernel that compares two pictures of this level. */
function draftsOf(layout: MotionLayout, index: number): [string, Draft][] {
  const level = layout.levels[index] ?? layout.source;
  const source = layout.levels[index - 1] ?? layout.source;
  const stride = Math.max(1, Math.round(Math.sqrt((level.width * level.height) / POINTS)));
  const { motion, sums } = layout;
  const shape = { level, stride, motion, bounds: layout.bounds[index] ?? 0, sums };
  return [
    [halveName(index), { parameters: 2, write: (author) => writeHalveKernel(author, source, level, layout.columns) }],
    [residualName(index), { parameters: 2, write: (author) => writeResidualKernel(author, shape) }],
  ];
}
