import type { FrameSides } from './letterbox.js';

/** A square of a frame, in pixels; it may reach beyond the frame. */
export interface Square {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

/**
 * Scales a square of an rgb24 frame to `side` × `side` pixels and writes it to `target`.
 * Bilinear between the four nearest pixels, as the networks' own makers cut; `pad` beyond the frame.
 */
export function cutOut(
  frame: Uint8Array,
  frameSides: FrameSides,
  square: Square,
  side: number,
  pad: number,
  target: Uint8Array,
): void {
  const columns = places(square.left, square.side, side, frameSides.width, 3);
  const rows = places(square.top, square.side, side, frameSides.height, frameSides.width * 3);
  let to = 0;
  for (let row = 0; row < side; row++) {
    const above = rows.before[row] ?? OUTSIDE;
    const below = rows.after[row] ?? OUTSIDE;
    const down = rows.share[row] ?? 0;
    for (let column = 0; column < side; column++) {
      const left = columns.before[column] ?? OUTSIDE;
      const right = columns.after[column] ?? OUTSIDE;
      const across = columns.share[column] ?? 0;
      // A sum below zero has a place outside in it: offsets inside are smaller than OUTSIDE is large.
      const a = above + left;
      const b = above + right;
      const c = below + left;
      const d = below + right;
      for (let colour = 0; colour < 3; colour++) {
        const topLeft = a < 0 ? pad : (frame[a + colour] ?? pad);
        const topRight = b < 0 ? pad : (frame[b + colour] ?? pad);
        const bottomLeft = c < 0 ? pad : (frame[c + colour] ?? pad);
        const bottomRight = d < 0 ? pad : (frame[d + colour] ?? pad);
        const top = topLeft + (topRight - topLeft) * across;
        const bottom = bottomLeft + (bottomRight - bottomLeft) * across;
        target[to++] = top + (bottom - top) * down + 0.5;
      }
    }
  }
}

/** Stands for a place beyond the frame; a frame of 8,192 × 8,192 would have offsets as large. */
const OUTSIDE = -(2 ** 28);

interface Places {
  /** Offsets of the pixels of the frame on both sides of each pixel's middle. */
  readonly before: Int32Array;
  readonly after: Int32Array;
  /** How far the middle is from the one before to the one after. */
  readonly share: Float32Array;
}

function places(start: number, length: number, count: number, frameSide: number, stride: number): Places {
  const found = { before: new Int32Array(count), after: new Int32Array(count), share: new Float32Array(count) };
  const offsetOf = (at: number): number => (at >= 0 && at < frameSide ? at * stride : OUTSIDE);
  for (let index = 0; index < count; index++) {
    const middle = start + ((index + 0.5) * length) / count - 0.5;
    const first = Math.floor(middle);
    found.before[index] = offsetOf(first);
    found.after[index] = offsetOf(first + 1);
    found.share[index] = middle - first;
  }
  return found;
}
