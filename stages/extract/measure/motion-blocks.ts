import type { Size } from '../picture/picture-geometry.js';

/** Blocks across and down: large enough to average noise away, small enough that an object leaves most of them alone. */
const ACROSS = 8;
const DOWN = 6;
export const BLOCKS = ACROSS * DOWN;

export interface Bounds {
  readonly left: number;
  /** The first column that no longer belongs to it. */
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Pixels of a block; those at the picture's edge have no gradient and belong to none. */
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
