import type { ModelOf } from '../manifest/manifest.js';
import type { FrameGeometry } from './encoder.js';

/**
 * Networks that see parts of a frame do not depend on where its padding ends. They use the multiple of a detector with
 * free sides, so that both share one geometry.
 */
const FRAME_MULTIPLE = 32;

/**
 * The letterboxed frame that a network needs. For a network with free sides (`32*height`) the shorter side ends at the
 * next multiple, which saves most of the padding.
 */
export function letterboxGeometry({ role, input }: ModelOf<'objects' | 'faces' | 'poses'>): FrameGeometry {
  const { letterbox: side, padValue: pad } = input.image;
  const multiple = role === 'objects' ? multipleOf(input.shape) : FRAME_MULTIPLE;
  return { width: side, height: side, fit: 'letterbox', pad, ...(multiple === null ? {} : { multiple }) };
}

/** The number of which the sides in [batch, channels, height, width] are multiples; null where the sides are fixed. */
function multipleOf(shape: readonly (string | number)[]): number | null {
  const [high, wide] = shape.slice(2).map((side) => /^(\d+)\*\w+$/.exec(String(side))?.[1]);
  return high !== undefined && high === wide ? Number(high) : null;
}

/** Sides in pixels. */
export interface FrameSides {
  readonly width: number;
  readonly height: number;
}

/**
 * Sides of an rgb24 frame of `bytes` bytes. Its longer side is the letterbox's; the other may be shorter, because the
 * padding ends at a multiple.
 */
export function frameSides(side: number, bytes: number, displayAspect: number): FrameSides {
  const other = bytes / 3 / side;
  return displayAspect >= 1 ? { width: side, height: other } : { width: other, height: side };
}

/** Sides of the picture inside a letterboxed frame: it lies in the top left corner, and its longer side fills the box. */
export function pictureSides(side: number, displayAspect: number): FrameSides {
  return displayAspect >= 1
    ? { width: side, height: side / displayAspect }
    : { width: side * displayAspect, height: side };
}
